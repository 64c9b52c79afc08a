import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { NotFoundError } from '#platform/errors/common-errors'
import type { Ctx as Context } from '#platform/graphql/context'
import { findPage } from '#platform/graphql/find-page'
import { isId } from '#platform/id'
import { Run } from '../run/run.graphql.ts'
import { loadVisibleRun } from '../run/run.queries.ts'
import { Approval as ApprovalEntity } from './approval.entity.ts'
import {
  Approval,
  ApprovalConnection,
  ApprovalDecision,
  ApprovalsArgs,
  DecideApprovalInput,
} from './approval.graphql.ts'
import { visibleApprovals } from './approval.permissions.ts'
import { findVisibleApproval, loadDecisions } from './approval.queries.ts'
import { decideApproval } from './decide-approval.ts'

@Resolver(() => Approval)
export class ApprovalResolver {
  @Query(() => Approval, { nullable: true, description: 'What a run of the organization asks people for.' })
  async approval(@Ctx() ctx: Context, @Arg('id', () => ID) id: string) {
    const approval = await findVisibleApproval(ctx, id)
    if (approval === null) throw new NotFoundError('approval')
    return approval
  }

  @Query(() => ApprovalConnection, {
    nullable: true,
    description:
      'What the organization’s runs ask people for, newest first; for those who only start runs, what their own ask for.',
  })
  approvals(@Ctx() ctx: Context, @Args(() => ApprovalsArgs) { status, runId, ...args }: ApprovalsArgs) {
    const where = {
      ...visibleApprovals(ctx.caller),
      ...(status == null ? {} : { status }),
      ...(runId == null ? {} : { runId: { $in: [runId].filter(isId) } }),
    }
    return findPage(ctx, ApprovalEntity, where, args)
  }

  @FieldResolver(() => [ApprovalDecision], { nullable: true })
  async decisions(@Ctx() ctx: Context, @Root() approval: ApprovalEntity) {
    const decisions = await loadDecisions(ctx, approval.id)
    return decisions.map((decision) => ({ ...decision, user: { id: decision.userId } }))
  }

  @FieldResolver(() => Run, { nullable: true })
  run(@Ctx() ctx: Context, @Root() approval: ApprovalEntity) {
    return loadVisibleRun(ctx, approval.runId)
  }

  @Mutation(() => Approval, {
    description:
      'Approves or rejects, once for each person; not the run’s starter unless the approval says so. The run goes on as soon as it is settled.',
  })
  decideApproval(@Ctx() ctx: Context, @Arg('input', () => DecideApprovalInput) input: DecideApprovalInput) {
    return decideApproval(ctx, input)
  }
}
