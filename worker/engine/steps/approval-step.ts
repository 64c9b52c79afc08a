import { DomainError } from '#platform/errors/domain-error'
import { newId } from '#platform/id'
import {
  type ApprovalPolicy,
  ApprovalShownInvalidError,
  durationMs,
  expireApproval,
  messageLengthMax,
  type NewApproval,
  type Resolution,
  type StepError,
  type StepOf,
  shownBounds,
  storableJson,
  storableText,
  titleLengthMax,
} from '../../../subgraphs/agents/jobs.ts'
import { attemptStep, type StepWork } from '../attempt-step.ts'
import { fillTemplate } from '../fill-template.ts'
import type { Frame } from '../frame.ts'
import type { RunInHand } from '../run-in-hand.ts'
import { StepFailedError, StepTimeout } from '../step-errors.ts'

/** What people are asked. */
export interface Question {
  readonly title: string
  readonly message?: string | undefined
  /** Exactly what they are to judge. */
  readonly shown: unknown
}

/** People, or time, have said no. It is an answer: asking again is for who says so. */
class ApprovalRefusedError extends DomainError {
  constructor({ code, message }: StepError) {
    super(code, message)
  }
}

interface Asked {
  readonly approvalId: string
  readonly attempt: number
  /** ms since 1970; null without an end. */
  readonly untilMs: number | null
}

/** Waits until people decide. @returns `{approved, expired, decisions, form}` */
export function runApproval(work: StepWork, step: StepOf<'approval'>): Promise<unknown> {
  const { run, frame } = work
  const fill = (template: unknown) => fillTemplate(template, (expression) => run.evaluate(expression, frame))
  return awaitApproval(work, step, async () => ({
    title: textOf(await fill(step.title)),
    ...(step.message === undefined ? {} : { message: textOf(await fill(step.message)) }),
    shown: (await fill(step.show)) ?? null,
  }))
}

/**
 * Has people approve something that a step does in itself, such as one call of a tool, as a step of its own.
 *
 * @param step its `path`, which is the same each time, and the `id` of the step it stands in
 * @returns `{approved, expired, decisions, form}`
 * @throws StepFailedError APPROVAL_REJECTED, APPROVAL_EXPIRED, APPROVAL_SHOWN_INVALID; RunParked; the signal's reason
 */
export async function approveWithin(
  run: RunInHand,
  { path, id }: { readonly path: string; readonly id: string },
  frame: Frame,
  policy: ApprovalPolicy,
  question: Question,
): Promise<unknown> {
  const known = run.steps.at(path)
  if (known?.status === 'SUCCEEDED') return known.output
  if (known?.status === 'FAILED' && known.error !== null) throw new StepFailedError(path, known.error)
  return attemptStep(run, { path, id, kind: 'approval' }, frame, (work) =>
    awaitApproval(work, policy, async () => question),
  )
}

/** @param ask what is asked, and for ever: it is called once for each attempt of the step */
async function awaitApproval(
  { run, record, frame, ctx }: StepWork,
  policy: ApprovalPolicy,
  ask: () => Promise<Question>,
): Promise<unknown> {
  const known = record.state as Asked | null
  let isNew = known?.attempt !== record.attempt
  if (isNew) {
    const approval = requested(run, record, policy, await ask())
    const { id, expiresAt } = approval
    record.state = { approvalId: id, attempt: record.attempt, untilMs: msOf(expiresAt) } satisfies Asked
    // Nothing may come between this and the wait: both go with one commit.
    run.journal.request(approval)
  }
  for (;;) {
    const asked = record.state as Asked
    const answer = isNew ? undefined : (run.steps.resolution(record.path) ?? (await expiryOf(asked)))
    if (answer !== undefined) return outputOf(answer)
    isNew = false
    try {
      await waitFor(asked)
    } catch (error) {
      if (!(error instanceof StepTimeout && error.path === record.path)) throw error
      // People may have decided in time, while other branches of the run went on.
      const late = await expireApproval(ctx, run.run, asked.approvalId)
      if (late === undefined) throw error
      return outputOf(late)
    }
  }

  function waitFor({ untilMs }: Asked): Promise<void> {
    return run.wait(record, { for: 'approval', dueMs: untilMs ?? Number.POSITIVE_INFINITY }, frame)
  }

  async function expiryOf({ approvalId, untilMs }: Asked): Promise<Resolution | undefined> {
    if (untilMs === null || run.now() < untilMs) return undefined
    return expireApproval(ctx, run.run, approvalId)
  }
}

function requested(
  run: RunInHand,
  { id: stepId, path }: StepWork['record'],
  policy: ApprovalPolicy,
  { title, message, shown }: Question,
): NewApproval {
  const stored = storableJson(shown, shownBounds)
  if (!stored.ok) throw new ApprovalShownInvalidError(stored.fault)
  const { count = 1, roles = null, selfApproval = false, form = null, expiresIn, onExpiry = 'reject' } = policy
  const expiresAt = expiresIn === undefined ? null : new Date(run.now() + durationMs(expiresIn)).toISOString()
  return {
    ...{ id: newId(), stepId, path, shown, needed: count, roles, selfApproval, form, expiresAt },
    title: storableText(title, titleLengthMax),
    message: message === undefined ? null : storableText(message, messageLengthMax),
    onExpiry: outcomes[onExpiry],
  }
}

const outcomes = { approve: 'APPROVE', reject: 'REJECT', fail: 'FAIL' } as const

function outputOf({ status, value, error }: Resolution): unknown {
  if (status === 'SUCCEEDED') return value
  throw new ApprovalRefusedError(error ?? { code: 'APPROVAL_REJECTED', message: 'The approval was rejected.' })
}

const msOf = (at: string | null): number | null => (at === null ? null : Date.parse(at))
const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? ''))
