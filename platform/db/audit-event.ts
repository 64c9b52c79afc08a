import { type AuditRecord, auditRecorded } from '#contracts/audit-recorded.event'
import { actorOf } from '../caller/actor-of.ts'
import type { Ctx } from '../graphql/context.ts'
import { type PendingEvent, pendingEvent } from '../outbox/event.ts'
import { traceIdOf } from '../telemetry/trace-context.ts'

/** What a change is remembered by: `noun.happened`, what it touched, and facts that are never a secret. */
export type Told = Pick<AuditRecord, 'action' | 'outcome' | 'targets'> & Pick<AuditRecord['context'], 'detail'>

/** The audit record of a change, as the event that carries it there; in order with others of its first target. */
export function auditEvent(
  ctx: Pick<Ctx, 'caller' | 'requestId' | 'traceparent'>,
  { action, outcome, targets, detail }: Told,
): PendingEvent {
  const record: AuditRecord = {
    action,
    occurredAt: new Date().toISOString(),
    actor: actorOf(ctx.caller),
    outcome,
    targets,
    context: {
      requestId: ctx.requestId,
      traceId: traceIdOf(ctx.traceparent),
      address: ctx.caller.address,
      userAgent: ctx.caller.userAgent,
      detail,
    },
  }
  const [first] = targets
  return pendingEvent(auditRecorded, record, first === undefined ? action : `${first.type}:${first.id}`)
}
