import { write } from '#platform/db/write'
import type { Ctx } from '#platform/graphql/context'
import { RunLeaseLostError } from '../run.errors.ts'
import { runIs } from '../run.status.ts'
import type { RunHold } from './claimed-run.ts'

/**
 * The owner is alive: the run stays theirs for `leaseMs` more. Leaves no event, so that a long run does not grow by it.
 *
 * @returns whether somebody wants the run cancelled
 * @throws RunLeaseLostError RUN_LEASE_LOST
 */
export function renewLease(ctx: Ctx, run: RunHold, leaseMs: number): Promise<{ cancelRequested: boolean }> {
  return write(ctx, 'run.lease-renewed', async (tx) => {
    tx.unchanged()
    const rows = await tx.em.execute<{ cancelRequested: boolean }[]>(
      `update agents.run set lease_until = now() + make_interval(secs => ?)
       where organization_id = ? and id = ? and lease_epoch = ? and ${runIs.running}
       returning cancel_requested_at is not null as "cancelRequested"`,
      [leaseMs / 1000, ctx.caller.organizationId, run.runId, run.epoch],
    )
    if (rows[0] === undefined) throw new RunLeaseLostError(run.runId, run.epoch)
    return rows[0]
  })
}
