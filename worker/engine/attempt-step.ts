import { DomainError } from '#platform/errors/domain-error'
import { type Ctx, withinSpan } from '#platform/graphql/context'
import {
  attemptsMaxDefault,
  backoffMs,
  durationMs,
  outputBounds,
  type Step,
  type StepKind,
  StepOutputInvalidError,
  type StepRecord,
  type StepUsage,
  storableJson,
} from '../../subgraphs/agents/jobs.ts'
import { checkStarter } from './check-starter.ts'
import { type Frame, within } from './frame.ts'
import { isWorthAnother } from './is-worth-another.ts'
import { isLeaseLost } from './lease-lost.ts'
import type { RunInHand } from './run-in-hand.ts'
import { RunParked } from './run-stopped.ts'
import { publicError, RunEndsError, retryAfterMsOf, StepFailedError, StepTimeout } from './step-errors.ts'

/** What is attempted: a step of the definition, or one that a step makes of itself, such as an answer of a model. */
export interface AttemptedStep extends Pick<Step, 'timeout' | 'retry'> {
  readonly path: string
  /** Its id in the definition. */
  readonly id: string
  readonly kind: StepKind
}

/** What a step's code gets. */
export interface StepWork {
  readonly run: RunInHand
  readonly record: StepRecord
  /** Where the step stands; its signal also ends at the step's time limit. */
  readonly frame: Frame
  /** For what the step's code asks of other parts: within the step's span. */
  readonly ctx: Ctx
  /** What a model used: it counts, whatever the attempt comes to. */
  use(usage: StepUsage): void
}

/** Kinds that touch the outside: their beginning is stored before they do, so that it is known if they are never heard of again. */
const effects: ReadonlySet<StepKind> = new Set(['llm', 'tool', 'http'])
/** Of one attempt of them, unless told. */
const effectTimeoutMs = 60_000

/**
 * Attempts a step until it succeeds or is not worth another attempt, over as many owners as it takes. A wait between
 * attempts holds no worker.
 *
 * @param execute the step's own code; it must come to the same steps within the step each time it is called
 * @returns the output, stored
 * @throws StepFailedError when it failed for good; RunParked; the signal's reason
 */
export async function attemptStep(
  run: RunInHand,
  step: AttemptedStep,
  frame: Frame,
  execute: (work: StepWork) => Promise<unknown>,
): Promise<unknown> {
  for (;;) {
    run.budget.check(step.kind, run.steps.at(step.path) === undefined ? run.steps.all().length : undefined)
    const record = await takeUp(run, step, frame)
    try {
      return await attempt(run, step, record, frame, execute)
    } catch (error) {
      if (error instanceof RunParked || isLeaseLost(error)) throw error
      if (run.signal.aborted) throw run.signal.reason
      if (frame.signal.aborted) {
        run.steps.cancel(record)
        throw frame.signal.reason
      }
      if (error instanceof RunEndsError) {
        run.steps.cancel(record)
        throw error
      }
      await takeFailure(run, step, record, error, frame)
    }
  }
}

/** The attempt to be made now: the first, the one that was interrupted by a wait, or the next after one that failed. */
async function takeUp(run: RunInHand, step: AttemptedStep, frame: Frame): Promise<StepRecord> {
  const { path, id, kind } = step
  const known = run.steps.at(path)
  if (known === undefined) return run.steps.begin(path, id, kind)
  if (known.status === 'WAITING' && known.waitsFor === 'retry') {
    const dueMs = known.dueAt === null ? 0 : Date.parse(known.dueAt)
    if (run.now() < dueMs) await run.wait(known, { for: 'retry', dueMs }, frame)
    return run.steps.begin(path, id, kind)
  }
  // Of an owner who was lost. What touches nothing outside goes on where it was; of the rest nobody knows how far it came.
  if (known.status === 'RUNNING' && known.epoch !== run.run.epoch && effects.has(kind)) {
    run.steps.fence(known)
    return run.steps.begin(path, id, kind)
  }
  return known
}

async function attempt(
  run: RunInHand,
  step: AttemptedStep,
  record: StepRecord,
  frame: Frame,
  execute: (work: StepWork) => Promise<unknown>,
): Promise<unknown> {
  await checkStarter(run, step.kind)
  const isEffect = effects.has(step.kind)
  if (isEffect) await run.journal.store()
  const limitMs = step.timeout === undefined ? (isEffect ? effectTimeoutMs : undefined) : durationMs(step.timeout)
  // An effect's limit is of the attempt at hand; any other's goes on while the run is parked.
  const fromMs = isEffect ? run.now() : Date.parse(record.startedAt)
  const deadlineMs = Math.min(frame.deadlineMs, limitMs === undefined ? Number.POSITIVE_INFINITY : fromMs + limitMs)
  const limit = new AbortController()
  const stop = timer(run, deadlineMs, frame, () => limit.abort(new StepTimeout(step.path)))
  const span = run.ctx.span?.child(`step ${step.kind}`, 'internal', { 'forgeops.step.attempt': record.attempt })
  try {
    const output = await execute({
      run,
      record,
      frame: within(frame, { signal: AbortSignal.any([frame.signal, limit.signal]), deadlineMs }),
      ctx: withinSpan(run.ctx, span),
      use: (usage) => run.steps.use(record, usage),
    })
    const stored = storableJson(output ?? null, outputBounds)
    if (!stored.ok) throw new StepOutputInvalidError(stored.fault)
    const bytes = Buffer.byteLength(stored.json)
    run.budget.take(bytes)
    run.journal.weigh(record, output, bytes)
    run.steps.succeed(record, output)
    // What has lost its owners shows at once that it goes on.
    if (isEffect || run.run.ownersLost > 0) run.journal.storeNow()
    return output ?? null
  } catch (error) {
    if (!(error instanceof RunParked)) span?.fail(codeOf(error), true)
    // What was waited for may have ended at the limit, and says so in its own words.
    throw limit.signal.aborted && !frame.signal.aborted && !(error instanceof RunParked) ? limit.signal.reason : error
  } finally {
    stop()
    span?.end()
  }
}

/** Calls `end` at the deadline unless it is that of what is around, which ends it from there. @returns what stops it */
function timer(run: RunInHand, deadlineMs: number, frame: Frame, end: () => void): () => void {
  if (deadlineMs === frame.deadlineMs) return () => undefined
  const leftMs = deadlineMs - run.now()
  if (leftMs > 2 ** 31 - 1) return () => undefined
  // At once, or a run that comes back at its limit would be parked for it again.
  if (leftMs <= 0) end()
  const timeout = setTimeout(end, Math.max(0, leftMs))
  return () => clearTimeout(timeout)
}

/** Has the step tried again later, or ends it. */
async function takeFailure(
  run: RunInHand,
  step: AttemptedStep,
  record: StepRecord,
  error: unknown,
  frame: Frame,
): Promise<void> {
  const { retry = {} } = step
  let told = publicError(error)
  const fields = { runId: run.run.runId, step: step.path, attempt: record.attempt, err: error }
  if (!(error instanceof DomainError)) run.ctx.log.error(fields, 'step failed unexpectedly')
  const failures = record.attempts.filter(({ status }) => status === 'FAILED').length + 1
  const again =
    failures < (retry.maxAttempts ?? attemptsMaxDefault) &&
    (await isWorthAnother(run, retry, error, frame).catch((fault) => {
      if (frame.signal.aborted || !(fault instanceof DomainError)) throw fault
      told = publicError(fault)
      return false
    }))
  if (!again) {
    run.steps.fail(record, told)
    throw new StepFailedError(step.path, told)
  }
  run.ctx.log.warn(fields, 'step failed; will try again')
  run.steps.failAttempt(record, told)
  const dueMs = run.now() + backoffMs(retry, failures, retryAfterMsOf(error))
  await run.wait(record, { for: 'retry', dueMs }, frame)
}

/** Never the words of an error: a connector's may quote what it was given. */
const codeOf = (error: unknown) =>
  error instanceof DomainError ? error.code : error instanceof Error ? error.name : 'Error'
