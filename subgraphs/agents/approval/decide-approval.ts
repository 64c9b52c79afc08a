import { LockMode } from '@mikro-orm/core'
import { runQueued } from '#contracts/run-queued.event'
import type { Caller } from '#platform/caller/caller'
import { type Tx, write } from '#platform/db/write'
import { ForbiddenError, InvalidInputError, NotFoundError, UnauthenticatedError } from '#platform/errors/common-errors'
import type { Ctx } from '#platform/graphql/context'
import { isId, newId } from '#platform/id'
import { agentsParts } from '../agents.parts.ts'
import { storableJson, storableText } from '../json/storable-json.ts'
import { appendRunEvent } from '../run/append-run-event.ts'
import { Approval } from './approval.entity.ts'
import { ApprovalAlreadyDecidedError, ApprovalFormInvalidError, ApprovalSettledError } from './approval.errors.ts'
import type { DecideApprovalInput } from './approval.graphql.ts'
import { commentLengthMax, formBounds } from './approval.limits.ts'
import type { ApprovalVerdict } from './approval.status.ts'
import { ApprovalDecision } from './approval-decision.entity.ts'
import { approvedBy, refusedWith, settleApproval } from './settle-approval.ts'

/**
 * One person's decision. The first rejection settles an approval, and so does the last approval that it needs; the run
 * goes on by it. Decisions at the same time are taken one after the other, and each person counts once.
 *
 * @throws NotFoundError NOT_FOUND; ForbiddenError FORBIDDEN for a run's starter, for who has none of the roles, and for an
 *   agent; ApprovalSettledError APPROVAL_SETTLED; ApprovalAlreadyDecidedError APPROVAL_ALREADY_DECIDED;
 *   ApprovalFormInvalidError APPROVAL_FORM_INVALID; InvalidInputError BAD_USER_INPUT
 */
export async function decideApproval(ctx: Ctx, input: DecideApprovalInput): Promise<Approval> {
  const { userId } = ctx.caller
  if (userId === null) throw new UnauthenticatedError()
  if (!isId(input.approvalId)) throw new NotFoundError('approval')
  const verdict = input.decision as ApprovalVerdict
  const comment = checkComment(input.comment)
  checkFormSize(input.form)
  return write(ctx, verdict === 'APPROVE' ? 'approval.approved' : 'approval.rejected', async (tx) => {
    const approval = await lockApproval(ctx, tx, input.approvalId)
    tx.target('approval', approval.id, approval.title)
    tx.target('run', approval.runId)
    const forbidden = faultOf(ctx.caller, approval)
    if (forbidden !== undefined) return tx.refuse('approval.decision-refused', forbidden)
    const expired = approval.expiresAt != null && approval.expiresAt.getTime() <= Date.now()
    if (approval.status !== 'PENDING' || expired) throw new ApprovalSettledError(approval.status)
    const form = verdict === 'APPROVE' ? checkForm(ctx, approval, input.form) : refuseForm(input.form)
    const earlier = await tx.em.find(ApprovalDecision, { approvalId: approval.id }, { orderBy: { id: 'asc' } })
    if (earlier.some((each) => each.userId === userId)) throw new ApprovalAlreadyDecidedError()

    const decision = tx.em.create(ApprovalDecision, {
      ...{ organizationId: ctx.caller.organizationId, id: newId(), approvalId: approval.id, userId },
      ...{ decision: verdict, comment, form, decidedAt: new Date() },
    })
    const settled = await settle(ctx, tx, approval, [...earlier, decision])
    await tellRun(ctx, tx, approval, decision, settled)
    tx.detail('comment', comment)
    tx.detail('settled', settled)
    if (form !== null) tx.detail('form', form as Parameters<Tx['detail']>[1])
    return approval
  })
}

/** The approval, and before it its run: everybody takes the two in this order. */
async function lockApproval({ caller }: Ctx, tx: Tx, id: string): Promise<Approval> {
  await tx.em.execute(
    `select 1 from agents.run where organization_id = ? and id = (
       select run_id from agents.approval where organization_id = ? and id = ?) for update`,
    [caller.organizationId, caller.organizationId, id],
  )
  const approval = await tx.em.findOne(Approval, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE })
  if (approval === null) throw new NotFoundError('approval')
  return approval
}

/** Why this caller may not decide here, whatever their rights. */
function faultOf({ userId, agentId, roles }: Caller, approval: Approval): ForbiddenError | undefined {
  if (agentId !== null) return new ForbiddenError('An approval is for people: an agent cannot decide it.')
  if (userId === approval.startedBy && !approval.selfApproval)
    return new ForbiddenError('Who started a run does not decide its approvals.')
  if (approval.roles != null && !approval.roles.some((role) => roles.includes(role)))
    return new ForbiddenError(`This approval is for ${approval.roles.join(', ')}.`)
  return undefined
}

/** @returns whether the approval is settled by the last of the decisions */
async function settle(ctx: Ctx, tx: Tx, approval: Approval, decisions: readonly ApprovalDecision[]): Promise<boolean> {
  if (decisions.at(-1)?.decision === 'REJECT') {
    const refused = refusedWith('APPROVAL_REJECTED', 'The approval was rejected.')
    await settleApproval(ctx, tx, approval, 'REJECTED', refused)
    return true
  }
  if (decisions.length < approval.needed) return false
  await settleApproval(ctx, tx, approval, 'APPROVED', approvedBy(decisions))
  return true
}

/** A run in hand finds its answer when it comes to wait; one that waits is to be taken up. */
async function tellRun(
  ctx: Ctx,
  tx: Tx,
  { runId, path }: Approval,
  { decision, userId }: ApprovalDecision,
  settled: boolean,
): Promise<void> {
  const [run] = await tx.em.execute<{ seq: number }[]>(
    `update agents.run set event_seq = event_seq + 1,
       due_at = case when ? and status = 'WAITING' then now() else due_at end
     where organization_id = ? and id = ? returning event_seq as seq`,
    [settled, ctx.caller.organizationId, runId],
  )
  if (run === undefined) throw new Error(`There is no run ${runId}.`)
  const data = { path, kind: 'approval', decision, by: userId, settled }
  await appendRunEvent(ctx, tx, { runId, seq: run.seq }, { type: 'step.decided', data })
  if (settled) tx.emit(runQueued, { runId }, `run:${runId}`)
}

function checkComment(comment: string | null | undefined): string | null {
  if (comment == null || comment === '') return null
  if (comment.length > commentLengthMax || storableText(comment) !== comment)
    throw new InvalidInputError(`A comment has at most ${commentLengthMax} characters, none of them U+0000.`)
  return comment
}

function checkFormSize(form: unknown): void {
  const stored = storableJson(form ?? null, formBounds)
  if (!stored.ok) throw new InvalidInputError(`The form cannot be taken. ${stored.fault}`)
}

function checkForm(ctx: Ctx, { form: schema }: Approval, form: unknown): unknown {
  if (schema == null) return refuseForm(form)
  const faults = agentsParts(ctx)
    .schemas.compile(schema)
    .faultsOf(form ?? null)
  if (faults.length > 0) throw new ApprovalFormInvalidError(faults)
  return form ?? null
}

function refuseForm(form: unknown): null {
  if (form != null) throw new InvalidInputError('There is no form to fill in here.')
  return null
}
