import { write } from '#platform/db/write'
import type { Ctx } from '#platform/graphql/context'
import type { RunHold } from '../run/engine/claimed-run.ts'
import type { Resolution } from '../step/step-record.ts'
import { firstEvent } from './first-event.ts'

/**
 * What a step that has just begun to wait for an event is answered at once: the first of the events that were sent before,
 * in the last 24 hours, and that the run has not taken yet; with a key whichever it is, without one only if the run was
 * there by then. The step's waiting is stored before, so that an event that comes later than this finds it.
 *
 * @param stepId the waiting step's
 * @returns what it was answered, now or before; undefined when it has to wait
 */
export async function takeEvent(ctx: Ctx, { runId }: RunHold, stepId: string): Promise<Resolution | undefined> {
  const { organizationId } = ctx.caller
  return write(ctx, 'event.taken', async (tx) => {
    tx.unchanged()
    // Whoever delivers an event holds the run's row too.
    await tx.em.execute('select 1 from agents.run where organization_id = ? and id = ? for update', [
      organizationId,
      runId,
    ])
    await tx.em.execute(
      `update agents.step as answered set resolution = kept.resolution
       from agents.step as step cross join lateral (${firstEvent}) as kept
       where step.organization_id = ? and step.id = ? and step.status = 'WAITING' and step.resolution is null
         and answered.organization_id = step.organization_id and answered.id = step.id`,
      [organizationId, stepId],
    )
    const [step] = await tx.em.execute<{ resolution: Resolution | null }[]>(
      'select resolution from agents.step where organization_id = ? and id = ?',
      [organizationId, stepId],
    )
    return step?.resolution ?? undefined
  })
}
