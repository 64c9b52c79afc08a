import { runAdvanced } from '#contracts/run-advanced.event'
import { runQueued } from '#contracts/run-queued.event'
import { write } from '#platform/db/write'
import type { Ctx } from '#platform/graphql/context'
import { deliveriesAtOnce } from './event.limits.ts'
import { firstEvent, isForStep } from './first-event.ts'

/**
 * Answers a step of every run that waits for an event and has not taken it, some runs at a time, until there are none. What
 * is in somebody's hands at that moment comes with the next round: nobody is waited for with rows held. Done again, it finds
 * the runs that the first time missed.
 *
 * @param ctx works as the system in the event's organization
 * @returns how many runs were told
 */
export async function deliverEvent(ctx: Ctx, eventId: string): Promise<number> {
  for (let told = 0; ; ) {
    const { answered, left } = await deliverSome(ctx, eventId)
    told += answered
    if (!left) return told
    if (answered === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** One transaction's worth; `left` when some still wait. */
function deliverSome(ctx: Ctx, eventId: string): Promise<{ readonly answered: number; readonly left: boolean }> {
  const { organizationId } = ctx.caller
  return write(ctx, 'event.delivered', async (tx) => {
    // That it was sent is on record.
    tx.unchanged()
    const waiting = `from agents.event join agents.step on ${isForStep}
        and step.status = 'WAITING' and step.resolution is null
      where event.organization_id = ? and event.id = ?`
    const held = await tx.em.execute<{ id: string }[]>(
      `select id from agents.run where organization_id = ? and id in (select step.run_id ${waiting} limit ?)
       order by id for update skip locked`,
      [organizationId, organizationId, eventId, deliveriesAtOnce],
    )
    const ids = `{${held.map(({ id }) => id).join(',')}}`
    // Looked at again with the rows held: what was committed meanwhile counts. One wait of a run at a time, for the first of
    // the events that it has not taken: an earlier one may be on its way still.
    await tx.em.execute(
      `update agents.step as answered set resolution = told.resolution
       from (select step.id, kept.resolution
         from (select distinct on (step.run_id) step.* ${waiting} and step.run_id = any(?::uuid[])
           order by step.run_id, step.ordinal) as step cross join lateral (${firstEvent}) as kept) as told
       where answered.organization_id = ? and answered.id = told.id`,
      [organizationId, eventId, ids, organizationId],
    )
    await tx.em.execute(
      `update agents.run set due_at = now()
       where organization_id = ? and id = any(?::uuid[]) and status = 'WAITING'`,
      [organizationId, ids],
    )
    for (const { id } of held) {
      tx.emit(runQueued, { runId: id }, `run:${id}`)
      tx.emit(runAdvanced, { runId: id }, `run:${id}`)
    }
    const [left] = await tx.em.execute<object[]>(`select 1 ${waiting} limit 1`, [organizationId, eventId])
    return { answered: held.length, left: left !== undefined }
  })
}
