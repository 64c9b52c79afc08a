import { write } from '#platform/db/write'
import type { Ctx } from '#platform/graphql/context'
import type { RunHold } from './claimed-run.ts'
import { passFence } from './fence.ts'

/**
 * The owner stops before the run's end, e.g. because its process does: anybody may claim the run from now on.
 *
 * @throws RunLeaseLostError RUN_LEASE_LOST
 */
export function releaseRun(ctx: Ctx, run: RunHold): Promise<void> {
  return write(ctx, 'run.released', async (tx) => {
    tx.unchanged()
    await passFence(ctx, tx, run, { type: 'run.released', data: { epoch: run.epoch } })
    await tx.em.execute(
      'update agents.run set lease_until = now(), lease_owner = null where organization_id = ? and id = ?',
      [ctx.caller.organizationId, run.runId],
    )
  })
}
