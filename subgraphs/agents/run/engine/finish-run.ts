import { runAdvanced } from '#contracts/run-advanced.event'
import { write } from '#platform/db/write'
import { type Ctx, withCaller } from '#platform/graphql/context'
import { answerParent } from '../parent-run.ts'
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
 * the run. The step that started it is answered in the same commit.
 *
 * @param details further facts for the audit record
 *
 * @throws RunLeaseLostError RUN_LEASE_LOST
 */
export async function finishRun(
  ctx: Ctx,
  run: Pick<ClaimedRun, 'runId' | 'organizationId' | 'epoch' | 'agentId' | 'startedBy' | 'parentRunId' | 'parentPath'>,
  commit: RunCommit & Required<Pick<RunCommit, 'end'>>,
  details: Readonly<Record<string, string[]>> = {},
): Promise<void> {
  const agent = withCaller(ctx, { ...ctx.caller, agentId: run.agentId, userId: run.startedBy, runId: run.runId })
  await write(agent, endActions[commit.end.status], async (tx) => {
    const { repeated } = await commitRunWithin(ctx, tx, run, { ...commit, leaves: 'ended' })
    if (repeated) return tx.unchanged()
    await answerParent(ctx, tx, run, commit.end)
    tx.emit(runAdvanced, { runId: run.runId }, `run:${run.runId}`)
    tx.target('run', run.runId)
    tx.target('agent', run.agentId)
    if (commit.end.error !== undefined) tx.detail('code', commit.end.error.code)
    for (const [name, value] of Object.entries(details)) tx.detail(name, value)
  })
}
