import { runAdvanced } from '#contracts/run-advanced.event'
import { write } from '#platform/db/write'
import { type Ctx, withCaller } from '#platform/graphql/context'
import { pendingEvent } from '#platform/outbox/event'
import { answerParent } from '../parent-run.ts'
import type { FinalStatus } from '../run.status.ts'
import type { ClaimedRun } from './claimed-run.ts'
import { commitRunRecorded, commitRunWithin, type RunCommit } from './commit-run.ts'

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
  const action = endActions[commit.end.status]
  const detail = { ...(commit.end.error === undefined ? {} : { code: commit.end.error.code }), ...details }
  const targets = [
    { type: 'run', id: run.runId, name: null },
    { type: 'agent', id: run.agentId, name: null },
  ]
  const last = { ...commit, leaves: 'ended' as const }
  const advanced = [runAdvanced, { runId: run.runId }, `run:${run.runId}`] as const
  if (run.parentRunId === null) {
    await commitRunRecorded(agent, run, last, { action, targets, detail, events: [pendingEvent(...advanced)] })
    return
  }
  await write(agent, action, async (tx) => {
    const { repeated } = await commitRunWithin(ctx, tx, run, last)
    if (repeated) return tx.unchanged()
    await answerParent(ctx, tx, run, commit.end)
    tx.emit(...advanced)
    for (const { type, id } of targets) tx.target(type, id)
    for (const [name, value] of Object.entries(detail)) tx.detail(name, value)
  })
}
