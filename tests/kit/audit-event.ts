import type { AuditRecord } from '#contracts/audit-recorded.event'
import { newId } from '#platform/id'
import type { DeliveredEvent } from '#platform/outbox/event'

/** A record that a subgraph told of, as the relay hands it on. Without more said, a system's act on nothing. */
export function deliveredRecord(
  organizationId: string,
  record: Partial<Omit<AuditRecord, 'context'>> & { context?: Partial<AuditRecord['context']> } = {},
): DeliveredEvent {
  const data: AuditRecord = {
    action: 'thing.done',
    occurredAt: new Date().toISOString(),
    actor: { type: 'system', id: null, onBehalfOf: null },
    outcome: 'succeeded',
    targets: [],
    ...record,
    context: { requestId: newId(), traceId: 'f'.repeat(32), address: null, detail: {}, ...record.context },
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
