import { type Tx, write, writeAlongside } from '#platform/db/write'
import { type Ctx, withCaller } from '#platform/graphql/context'
import type { ClaimedRun } from '../run/engine/claimed-run.ts'
import { type Committed, commitRunWithin, type RunCommit } from '../run/engine/commit-run.ts'
import type { ExpiryOutcome } from './approval.status.ts'

/** An approval as a run's owner asks for it. */
export interface NewApproval {
  readonly id: string
  /** The waiting step's id, and its path. */
  readonly stepId: string
  readonly path: string
  readonly title: string
  readonly message: string | null
  readonly shown: unknown
  readonly needed: number
  readonly roles: readonly string[] | null
  readonly selfApproval: boolean
  readonly form: object | null
  readonly onExpiry: ExpiryOutcome
  /** ISO 8601. */
  readonly expiresAt: string | null
}

/**
 * Stores a commit that asks for approvals, with a record of each: the steps that wait, what people are shown and the
 * record of it are there together, or none of them is.
 *
 * @throws RunLeaseLostError RUN_LEASE_LOST
 */
export async function requestApprovals(
  ctx: Ctx,
  run: Pick<ClaimedRun, 'runId' | 'organizationId' | 'epoch' | 'agentId' | 'startedBy'>,
  commit: RunCommit & Required<Pick<RunCommit, 'approvals'>>,
): Promise<Committed> {
  const agent = withCaller(ctx, { ...ctx.caller, agentId: run.agentId, userId: run.startedBy, runId: run.runId })
  return write(agent, 'approval.requested', async (tx) => {
    // Each approval has a record of its own.
    tx.unchanged()
    const committed = await commitRunWithin(ctx, tx, run, commit)
    if (committed.repeated) return committed
    for (const approval of commit.approvals)
      await writeAlongside(agent, tx, 'approval.requested', async (one) => record(one, run, approval))
    return committed
  })
}

function record(tx: Tx, { runId, agentId }: Pick<ClaimedRun, 'runId' | 'agentId'>, approval: NewApproval): void {
  const { id, path, title, message, shown, needed, roles, selfApproval, expiresAt, onExpiry } = approval
  tx.target('approval', id, title)
  tx.target('run', runId)
  tx.target('agent', agentId)
  tx.detail('step', path)
  tx.detail('shown', (shown ?? null) as Json)
  tx.detail('message', message)
  tx.detail('policy', { needed, roles: roles === null ? null : [...roles], selfApproval, expiresAt, onExpiry })
}

type Json = Parameters<Tx['detail']>[1]
