import { DomainError } from '#platform/errors/domain-error'
import { type Ctx, withinSpan } from '#platform/graphql/context'
import type { Span } from '#platform/telemetry/span'
import { beginStep, type ClaimedRun, failStep, type Step, storeStep } from '../../subgraphs/agents/jobs.ts'
import type { WorkerParts } from '../parts.ts'
import { backoffMs, pause } from './backoff.ts'

/** Attempts of one step over all its owners: a step that keeps killing its worker must not do so for ever. */
export const stepAttemptsMax = 5
const stepTimeoutMs = 60_000

/** What a step's code gets. */
export interface StepWork {
  readonly ctx: Ctx
  readonly parts: WorkerParts
  /** The same at every attempt of this step: the outside can tell a repetition by it. */
  readonly effectKey: string
  readonly signal: AbortSignal
  readonly runToken: (refused?: string) => Promise<string>
  /** Evaluates a JSONata expression over the run's input and the outputs so far. */
  readonly evaluate: (expression: string) => Promise<unknown>
}

export class StepAttemptsExhaustedError extends DomainError {
  constructor() {
    super('STEP_ATTEMPTS_EXHAUSTED', `The step did not get through in ${stepAttemptsMax} attempts.`)
  }
}

/** A failed step, with the place where it failed. */
export class StepFailedError extends DomainError {
  readonly step: string
  constructor(step: string, code: string, message: string) {
    super(code, message)
    this.step = step
  }
}

/** One run in the hands of one owner: what is done, and the only way to do more. */
export class RunProgress {
  readonly outputs: Record<string, unknown> = {}
  readonly signal: AbortSignal
  readonly #ctx: Ctx
  readonly #run: ClaimedRun
  readonly #parts: WorkerParts
  readonly #runToken: (refused?: string) => Promise<string>
  readonly #finished: ReadonlyMap<string, unknown>

  constructor(
    ctx: Ctx,
    run: ClaimedRun,
    parts: WorkerParts,
    runToken: (refused?: string) => Promise<string>,
    signal: AbortSignal,
  ) {
    this.#ctx = ctx
    this.#run = run
    this.#parts = parts
    this.#runToken = runToken
    this.signal = signal
    this.#finished = new Map(run.finishedSteps.map((step) => [step.path, step.output]))
  }

  /** The step's output: stored by an earlier owner, or by running `work` and storing what it returns. */
  async once(path: string, step: Step, work: (given: StepWork) => Promise<unknown>): Promise<unknown> {
    if (this.#finished.has(path)) return this.#finished.get(path)
    for (;;) {
      const { attempt, effectKey } = await beginStep(this.#ctx, this.#run, { path, id: step.id, kind: step.kind })
      const span = this.#ctx.span?.child(`step ${step.kind}`, 'internal', { 'forgeops.step.attempt': attempt })
      try {
        if (attempt > stepAttemptsMax) throw new StepAttemptsExhaustedError()
        const output = (await work(this.#workOf(step, effectKey, span))) ?? null
        await this.#store(path, output)
        return output
      } catch (error) {
        span?.fail(codeOf(error), true)
        this.signal.throwIfAborted()
        if (error instanceof NotStored) throw error.cause
        if (isRetryable(error) && attempt < stepAttemptsMax) {
          this.#ctx.log.warn({ runId: this.#run.runId, step: path, attempt, err: error }, 'step failed; will try again')
          await pause(backoffMs(attempt), this.signal)
          continue
        }
        const failure = publicFailure(error, path)
        if (!(error instanceof DomainError))
          this.#ctx.log.error({ runId: this.#run.runId, step: path, err: error }, 'step failed unexpectedly')
        await failStep(this.#ctx, this.#run, path, { code: failure.code, message: failure.message })
        throw failure
      } finally {
        span?.end()
      }
    }
  }

  evaluate(expression: string, signal = this.signal): Promise<unknown> {
    const { input, runId, startedAt } = this.#run
    const scope = { input, steps: this.outputs, run: { id: runId, startedAt } }
    return this.#parts.expressions.evaluate(expression, scope, { signal })
  }

  /** What the database does not take is no failure of the step: another owner of the run tries again. */
  async #store(path: string, output: unknown): Promise<void> {
    try {
      await storeStep(this.#ctx, this.#run, path, output)
    } catch (error) {
      const fault = error instanceof DomainError && error.code !== 'RUN_LEASE_LOST'
      throw fault ? error : new NotStored('The step was not stored.', { cause: error })
    }
  }

  #workOf(step: Step, effectKey: string, span: Span | undefined): StepWork {
    const signal = AbortSignal.any([this.signal, AbortSignal.timeout(step.timeoutMs ?? stepTimeoutMs)])
    return {
      ctx: withinSpan(this.#ctx, span),
      parts: this.#parts,
      effectKey,
      signal,
      runToken: this.#runToken,
      evaluate: (expression) => this.evaluate(expression, signal),
    }
  }
}

class NotStored extends Error {}

const isRetryable = (error: unknown) => error instanceof Error && 'retryable' in error && error.retryable === true

/** Never the words of an error: a connector's may quote what it was given. */
const codeOf = (error: unknown) =>
  error instanceof DomainError ? error.code : error instanceof Error ? error.name : 'Error'

/** What may be stored with the run and shown to whoever may read it. */
function publicFailure(error: unknown, path: string): StepFailedError {
  if (error instanceof DomainError) return new StepFailedError(path, error.code, error.message)
  if (error instanceof Error && error.name === 'TimeoutError')
    return new StepFailedError(path, 'STEP_TIMEOUT', 'The step took longer than its limit.')
  return new StepFailedError(path, 'INTERNAL_SERVER_ERROR', 'Something went wrong on our side.')
}
