import type { SqlEntityManager } from '@mikro-orm/postgresql'
import { auditAppended } from '#contracts/audit-appended.event'
import type { AuditRecord } from '#contracts/audit-recorded.event'
import { write } from '#platform/db/write'
import type { Ctx } from '#platform/graphql/context'

export interface NewAuditEvent {
  /** Appended twice, it is one event. */
  readonly id: string
  readonly record: AuditRecord
}

/**
 * Appends events of one organization to its trail, together; those that are there already are left as they are.
 *
 * @param tells whether an event of this subgraph's own says so to those who follow the trail
 */
export function appendAuditEvents(
  ctx: Ctx,
  organizationId: string,
  events: readonly NewAuditEvent[],
  tells = false,
): Promise<void> {
  return write(ctx, 'audit-event.appended', async (tx) => {
    // The trail keeps no record of its own keeping: that record would ask for another, without end.
    tx.unchanged()
    // Held until commit, and taken before the statements that read the last place: what they read is committed, and
    // nobody reads it meanwhile. So places have no gaps and are in commit order.
    await tx.em.execute(`select pg_advisory_xact_lock(hashtextextended(?, 0))`, [`audit.event:${organizationId}`])
    for (const event of events) await append(tx.em, organizationId, event)
    if (tells) tx.emit(auditAppended, {}, 'audit')
  })
}

async function append(em: SqlEntityManager, organizationId: string, { id, record }: NewAuditEvent): Promise<void> {
  const { action, occurredAt, actor, outcome, targets, context } = record
  await em.execute(
    `with appended as (
       insert into audit.event (organization_id, id, seq, occurred_at, recorded_at, action, actor_type, actor_id, on_behalf_of, outcome, context)
       select o.id, ?::uuid, coalesce((select max(seq) from audit.event where organization_id = o.id), 0) + 1,
         ?::timestamptz, clock_timestamp(), ?, ?, ?, ?, ?, ?::jsonb
       from (select ?::uuid as id) as o
       on conflict (organization_id, id) do nothing
       returning organization_id, id
     )
     insert into audit.event_target (organization_id, event_id, position, type, target_id, name)
     select appended.organization_id, appended.id, t.position, t.type, t.target_id, t.name
     from appended, rows from (jsonb_to_recordset(?::jsonb) as (type text, id text, name text))
       with ordinality as t(type, target_id, name, position)`,
    [
      id,
      occurredAt,
      action,
      actor.type,
      actor.id,
      actor.onBehalfOf,
      outcome,
      JSON.stringify(context),
      organizationId,
      JSON.stringify(targets),
    ],
  )
}
