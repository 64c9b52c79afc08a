import { type AuditRecord, auditRecorded } from '#contracts/audit-recorded.event'
import { type Caller, systemCaller } from '#platform/caller/caller'
import type { Ctx } from '#platform/graphql/context'
import { newId } from '#platform/id'
import type { DeliveredEvent } from '#platform/outbox/event'
import { appendAuditEvents } from '../../subgraphs/audit/jobs.ts'

type Told = Partial<Omit<AuditRecord, 'context'>> & { readonly context?: Partial<AuditRecord['context']> }

/** A record that a subgraph told of, as the relay hands it on. Without more said, a system's act on nothing. */
export function deliveredRecord(organizationId: string, record: Told = {}): DeliveredEvent {
  const data: AuditRecord = {
    action: 'thing.done',
    occurredAt: new Date().toISOString(),
    actor: { type: 'system', id: null, onBehalfOf: null },
    outcome: 'succeeded',
    targets: [],
    ...record,
    context: {
      requestId: newId(),
      traceId: 'f'.repeat(32),
      address: null,
      userAgent: null,
      detail: {},
      ...record.context,
    },
  }
  return {
    id: newId(),
    organizationId,
    data,
    requestId: data.context.requestId,
    traceparent: `00-${data.context.traceId}-${'1'.repeat(16)}-01`,
    occurredAt: new Date(),
  }
}

/** Appends such a record to its organization's trail. @returns the event's id */
export async function tell(ctxFor: (caller: Caller) => Ctx, organizationId: string, record?: Told): Promise<string> {
  const event = deliveredRecord(organizationId, record)
  await appendAuditEvent(ctxFor(systemCaller(organizationId)), event)
  return event.id
}

/** Appends one event as the worker does when it is delivered. */
export async function appendAuditEvent(ctx: Ctx, { id, organizationId, data }: DeliveredEvent): Promise<void> {
  await appendAuditEvents(ctx, organizationId, [{ id, record: auditRecorded.data.parse(data) }])
}
