import type { PoolClient } from 'pg'
import type { SchemaName } from '../db/schemas.ts'
import type { Logger } from '../log/logger.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import { deliverySpan } from './delivery-span.ts'
import type { DeliveredEvent } from './event.ts'
import type { RelayMetrics } from './relay.metrics.ts'

/**
 * What happens after events of one type, which come together as they are there: of one key at most one at a time. Must be
 * safe to repeat: an event may be delivered again after a crash, and what fails together is tried again one by one.
 */
export type Subscriber = (events: readonly DeliveredEvent[]) => Promise<void>

export interface DeliveryOptions {
  /** Event type with its version, e.g. `audit.recorded@1` → subscribers, run in order. */
  readonly subscribers: ReadonlyMap<string, readonly Subscriber[]>
  readonly log: Logger
  readonly tracer: Tracer
  /** Deliveries of one event before it is put aside for an operator. */
  readonly attemptsMax: number
}

const eventsPerRound = 1_000

interface OutboxRow extends DeliveredEvent {
  readonly key: string
  readonly type: string
  readonly attempts: number
  readonly due: boolean
}

/** Hands the events of claimed keys to their subscribers, and keeps what did not get through. */
export class Delivery {
  readonly #options: DeliveryOptions
  readonly #counts: RelayMetrics

  constructor(options: DeliveryOptions, counts: RelayMetrics) {
    this.#options = options
    this.#counts = counts
  }

  /**
   * Delivers what is due of some keys, those of different keys together, those of one in sequence.
   *
   * @param client in the transaction that holds the keys
   * @returns how many events were delivered
   */
  async deliver(client: PoolClient, schema: SchemaName, keys: readonly string[]): Promise<number> {
    const { rows } = await client.query<OutboxRow>(
      `select id, organization_id as "organizationId", key, type, data, request_id as "requestId", traceparent,
         occurred_at as "occurredAt", attempts, due_at <= now() as due
       from ${schema}.outbox where key = any($1::text[]) and failure is null order by sequence limit ${eventsPerRound}`,
      [keys],
    )
    const lines = new Map([...Map.groupBy(rows, ({ key }) => key)])
    const done: string[] = []
    for (let heads = headsOf(lines); heads.length > 0; heads = headsOf(lines)) {
      const failed = new Map<string, unknown>()
      for (const [type, events] of Map.groupBy(heads, (event) => event.type))
        for (const [id, error] of await this.#tell(schema, type, events)) failed.set(id, error)
      for (const event of heads) {
        if (failed.has(event.id)) {
          await this.#postpone(client, schema, event, failed.get(event.id))
          lines.delete(event.key)
        } else {
          done.push(event.id)
          lines.get(event.key)?.shift()
        }
      }
    }
    await client.query(`delete from ${schema}.outbox where id = any($1::uuid[])`, [done])
    return done.length
  }

  /** Tells events of one type to those who want to know. @returns those that did not get through, with why */
  async #tell(schema: SchemaName, type: string, events: readonly OutboxRow[]): Promise<Map<string, unknown>> {
    const spans = events.map((event) => deliverySpan(this.#options.tracer, schema, event))
    const deliveries = events.map((event, index) => {
      const span = spans[index]
      return { ...event, traceparent: span?.traceparent ?? event.traceparent, span }
    })
    const failed = new Map<string, unknown>()
    const subscribers = this.#options.subscribers.get(type) ?? []
    try {
      for (const subscriber of subscribers) await subscriber(deliveries)
      this.#counts.delivered.inc({ type }, events.length)
    } catch (error) {
      for (const span of spans) span.fail(error instanceof Error ? error.name : 'Error')
      const [first] = events
      if (events.length === 1 && first !== undefined) failed.set(first.id, error)
      // One of them may be at fault for all.
      else
        for (const event of events) for (const [id, why] of await this.#tell(schema, type, [event])) failed.set(id, why)
    } finally {
      for (const span of spans) span.end()
    }
    return failed
  }

  /** Later events of the key wait with the failed one, until it is delivered or put aside. */
  async #postpone(client: PoolClient, schema: SchemaName, event: OutboxRow, error: unknown): Promise<void> {
    const attempts = event.attempts + 1
    const last = attempts >= this.#options.attemptsMax
    const delaySeconds = Math.min(2 ** attempts, 300)
    const reason = error instanceof Error ? error.message : String(error)
    this.#counts.failed.inc({ type: event.type })
    this.#options.log[last ? 'error' : 'warn'](
      { requestId: event.requestId, eventId: event.id, type: event.type, attempts, err: error },
      last ? 'event put aside' : 'event delivery failed',
    )
    await client.query(
      `update ${schema}.outbox set attempts = $2, due_at = now() + make_interval(secs => $3), failure = $4 where id = $1`,
      [event.id, attempts, delaySeconds, last ? reason.slice(0, 1_000) : null],
    )
  }
}

/** The first event of each line that is due. */
function headsOf(lines: ReadonlyMap<string, readonly OutboxRow[]>): OutboxRow[] {
  return [...lines.values()].flatMap(([head]) => (head?.due === true ? [head] : []))
}
