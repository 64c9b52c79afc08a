import type { Tx } from '#platform/db/write'
import type { Ctx } from '#platform/graphql/context'
import type { Resolution } from '../step/step-record.ts'
import type { Approval } from './approval.entity.ts'
import type { ApprovalStatus } from './approval.status.ts'
import type { ApprovalDecision } from './approval-decision.entity.ts'

/** The approval is settled, and the step that waits for it has its answer. Whoever calls this holds the run's row. */
export async function settleApproval(
  { caller }: Ctx,
  tx: Tx,
  approval: Approval,
  status: ApprovalStatus,
  resolution: Resolution,
): Promise<void> {
  approval.status = status
  approval.settledAt = new Date()
  await tx.em.execute(
    `update agents.step set resolution = ?::jsonb where organization_id = ? and id = ? and status = 'WAITING'`,
    [JSON.stringify(resolution), caller.organizationId, approval.stepId],
  )
}

/** What the waiting step gives once people, or time, have approved. */
export const approvedBy = (decisions: readonly ApprovalDecision[], expired = false): Resolution => ({
  status: 'SUCCEEDED',
  value: {
    approved: true,
    expired,
    decisions: decisions.map(({ userId, decision, comment, form, decidedAt }) => ({
      ...{ userId, decision, comment: comment ?? null, form: form ?? null },
      decidedAt: decidedAt.toISOString(),
    })),
    // Of several who filled it in, the one whose approval was the last that was needed.
    form: decisions.at(-1)?.form ?? null,
  },
})

export const refusedWith = (code: 'APPROVAL_REJECTED' | 'APPROVAL_EXPIRED', message: string): Resolution => ({
  status: 'FAILED',
  error: { code, message },
})
