import { read } from '#platform/db/read'
import type { Ctx } from '#platform/graphql/context'
import { batchLoader } from '#platform/graphql/load-by-id'
import { isId } from '#platform/id'
import { Approval } from './approval.entity.ts'
import { visibleApprovals } from './approval.permissions.ts'
import { ApprovalDecision } from './approval-decision.entity.ts'

/** The approval with this id if the caller may name it, or null. */
export async function findVisibleApproval(ctx: Ctx, id: string): Promise<Approval | null> {
  if (!isId(id)) return null
  return read(ctx, (em) => em.findOne(Approval, { ...visibleApprovals(ctx.caller), id }))
}

/** What was decided on an approval, in order; many approvals in one statement. An approval's policy bounds their number. */
export function loadDecisions(ctx: Ctx, approvalId: string): Promise<readonly ApprovalDecision[]> {
  const loader = batchLoader(ctx, 'decisions of approval', async (ids) => {
    const decisions = await read(ctx, (em) =>
      em.find(ApprovalDecision, { approvalId: { $in: [...ids] } }, { orderBy: { id: 'asc' } }),
    )
    const byApproval = Map.groupBy(decisions, (decision) => decision.approvalId)
    return ids.map((id) => byApproval.get(id) ?? [])
  })
  return loader.load(approvalId)
}
