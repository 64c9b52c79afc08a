import { runAdvanced } from '#contracts/run-advanced.event'
import { write } from '#platform/db/write'
import { type Ctx, withCaller } from '#platform/graphql/context'
import type { FinalStatus } from '../run.status.ts'
import type { ClaimedRun } from './claimed-run.ts'
import { commitRunWithin, type RunCommit } from './commit-run.ts'

/** The event and the audit action of each end. */
export const endActions = {
  SUCCEEDED: 'run.succeeded',
  FAILED: 'run.failed',
  CANCELLED: 'run.cancelled',
} as const satisfies Record<FinalStatus, string>

/**
 * Stores an owner's last commit, which ends the run, once. The audit record names the agent, on behalf of whoever started
 * the run.
 *
 * @throws RunLeaseLostError RUN_LEASE_LOST
 */
export async function finishRun(
  ctx: Ctx,
  run: Pick<ClaimedRun, 'runId' | 'organizationId' | 'epoch' | 'agentId' | 'startedBy'>,
  commit: RunCommit & Required<Pick<RunCommit, 'end'>>,
): Promise<void> {
  const agent = withCaller(ctx, { ...ctx.caller, agentId: run.agentId, userId: run.startedBy, runId: run.runId })
  await write(agent, endActions[commit.end.status], async (tx) => {
    const { repeated } = await commitRunWithin(ctx, tx, run, { ...commit, leaves: 'ended' })
    if (repeated) return tx.unchanged()
    tx.emit(runAdvanced, { runId: run.runId }, `run:${run.runId}`)
    tx.target('run', run.runId)
    tx.target('agent', run.agentId)
    if (commit.end.error !== undefined) tx.detail('code', commit.end.error.code)
  })
}
