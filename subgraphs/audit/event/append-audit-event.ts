import { auditRecorded } from '#contracts/audit-recorded.event'
import { write } from '#platform/db/write'
import type { Ctx } from '#platform/graphql/context'
import type { DeliveredEvent } from '#platform/outbox/event'

/**
 * Appends a delivered `audit.recorded@1` to its organization's trail; a repeated delivery changes nothing.
 *
 * @param ctx works as the system in the event's organization
 * @throws ZodError when the event's data is not what its contract says
 */
export async function appendAuditEvent(ctx: Ctx, event: DeliveredEvent): Promise<void> {
  const { action, occurredAt, actor, outcome, targets, context } = auditRecorded.data.parse(event.data)
  return write(ctx, 'audit-event.appended', async (tx) => {
    // The trail keeps no record of its own keeping: that record would ask for another, without end.
    tx.unchanged()
    // Held until commit, and taken before the statement that reads the last place: what it reads is committed, and
    // nobody reads it meanwhile. So places have no gaps and are in commit order.
    await tx.em.execute(`select pg_advisory_xact_lock(hashtextextended(?, 0))`, [`audit.event:${event.organizationId}`])
    await tx.em.execute(
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
        event.id,
        occurredAt,
        action,
        actor.type,
        actor.id,
        actor.onBehalfOf,
        outcome,
        JSON.stringify(context),
        event.organizationId,
        JSON.stringify(targets),
      ],
    )
  })
}
