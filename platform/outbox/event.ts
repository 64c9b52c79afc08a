import type { z } from 'zod'
import type { EventData, EventDefinition } from '#contracts/define-event'
import { newId } from '../id.ts'
import type { Span } from '../telemetry/span.ts'
import type { OutboxEvent } from './outbox.entity.ts'

export type AnyEvent = EventDefinition<string, z.ZodType>

/** An event not yet stored; events of one `key` are delivered in the order of their commits. */
export interface PendingEvent {
  readonly id: string
  readonly key: string
  readonly type: string
  readonly data: unknown
}

/** @throws ZodError when `data` is not what the event's contract says: a fault of ours, found before it is committed */
export const pendingEvent = <D extends AnyEvent>(
  definition: D,
  data: EventData<D>,
  key: string,
  id = newId(),
): PendingEvent => ({
  id,
  key,
  type: `${definition.type}@${definition.version}`,
  data: definition.data.parse(data),
})

/** An event as a subscriber gets it. */
export type DeliveredEvent = Pick<
  OutboxEvent,
  'id' | 'organizationId' | 'data' | 'requestId' | 'traceparent' | 'occurredAt'
> & {
  /** The delivery's span; `traceparent` is its own. */
  readonly span?: Span | undefined
}
