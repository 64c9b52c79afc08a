import { LockMode } from '@mikro-orm/core'
import { write } from '#platform/db/write'
import { type Ctx, withCaller } from '#platform/graphql/context'
import type { ClaimedRun } from '../run/engine/claimed-run.ts'
import type { Resolution } from '../step/step-record.ts'
import { Approval } from './approval.entity.ts'
import type { ExpiryOutcome } from './approval.status.ts'
import { ApprovalDecision } from './approval-decision.entity.ts'
import { approvedBy, refusedWith, settleApproval } from './settle-approval.ts'

/**
 * The time of an approval is over by its run's owner: it is settled as its policy says, unless somebody was faster.
 * Done again, it answers the same.
 *
 * @returns what the waiting step comes to; undefined when the time is not over by the database's clock
 */
export async function expireApproval(
  ctx: Ctx,
  run: Pick<ClaimedRun, 'runId' | 'agentId' | 'startedBy'>,
  approvalId: string,
): Promise<Resolution | undefined> {
  const agent = withCaller(ctx, { ...ctx.caller, agentId: run.agentId, userId: run.startedBy, runId: run.runId })
  return write(agent, 'approval.expired', async (tx) => {
    const { organizationId } = ctx.caller
    // Before the approval's own row: everybody takes the two in this order.
    await tx.em.execute('select 1 from agents.run where organization_id = ? and id = ? for update', [
      organizationId,
      run.runId,
    ])
    const approval = await tx.em.findOneOrFail(
      Approval,
      { id: approvalId, runId: run.runId },
      { lockMode: LockMode.PESSIMISTIC_WRITE },
    )
    const [known] = await tx.em.execute<{ resolution: Resolution | null; over: boolean }[]>(
      `select resolution, coalesce(?::timestamptz <= clock_timestamp(), false) as over from agents.step
       where organization_id = ? and id = ?`,
      [approval.expiresAt?.toISOString() ?? null, organizationId, approval.stepId],
    )
    if (approval.status !== 'PENDING' || known?.over !== true) {
      tx.unchanged()
      return known?.resolution ?? undefined
    }
    const decisions = await tx.em.find(ApprovalDecision, { approvalId }, { orderBy: { id: 'asc' } })
    const resolution = outcomes[approval.onExpiry](decisions)
    await settleApproval(ctx, tx, approval, 'EXPIRED', resolution)
    tx.target('approval', approvalId, approval.title)
    tx.target('run', run.runId)
    tx.target('agent', run.agentId)
    tx.detail('outcome', approval.onExpiry)
    return resolution
  })
}

const outcomes: Readonly<Record<ExpiryOutcome, (decisions: readonly ApprovalDecision[]) => Resolution>> = {
  APPROVE: (decisions) => approvedBy(decisions, true),
  REJECT: () => refusedWith('APPROVAL_REJECTED', 'The approval expired, which counts as a rejection here.'),
  FAIL: () => refusedWith('APPROVAL_EXPIRED', 'The approval expired before enough people had decided.'),
}
