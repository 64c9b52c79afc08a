import {
  type ClaimedRun,
  payloadBytesMax,
  type RunBudget,
  type RunUsage,
  type StepKind,
  stepsCompletedMax,
} from '../../subgraphs/agents/jobs.ts'
import { RunEndsError } from './step-errors.ts'

/** A run has used up what it may: it ends, whatever its author says about failures. */
export class BudgetExceededError extends RunEndsError {
  constructor(code: 'BUDGET_EXCEEDED' | 'RUN_PAYLOAD_TOO_LARGE', message: string) {
    super(code, message)
  }
}

/** Kinds that ask a model, or may cost something outside. */
const spending: ReadonlySet<StepKind> = new Set(['llm', 'tool', 'http'])

/** What a run has used of what it may, by this owner's knowledge: what is under way is not counted yet. */
export class Budget {
  readonly #allowed: RunBudget
  readonly #endsAtMs: number
  readonly #now: () => number
  #steps: number
  #tokens: number
  #costMicros: number
  #bytes: number
  #lifted = false

  /** @param now ms since 1970, by the database's clock */
  constructor({ budget, used, payloadBytes, startedAt }: ClaimedRun, now: () => number) {
    this.#allowed = budget
    this.#now = now
    this.#endsAtMs = Date.parse(startedAt) + budget.durationMs
    this.#steps = used.stepsDone
    this.#tokens = used.inputTokens + used.outputTokens
    this.#costMicros = used.costMicros
    this.#bytes = payloadBytes
  }

  use({ stepsDone = 0, inputTokens = 0, outputTokens = 0, costMicros = 0 }: Partial<RunUsage>): void {
    this.#steps += stepsDone
    this.#tokens += inputTokens + outputTokens
    this.#costMicros += costMicros
  }

  /**
   * To be asked before each attempt.
   *
   * @param begun how many steps the run has begun, when this would be another one
   * @throws BudgetExceededError BUDGET_EXCEEDED with the limit that is reached
   */
  check(kind: StepKind, begun?: number): void {
    if (this.#lifted) return
    const { steps } = this.#allowed
    if (this.#now() >= this.#endsAtMs) throw this.#overtime()
    if (begun !== undefined && this.#steps >= steps) throw exceeded(`${steps} steps`)
    if (begun !== undefined && begun >= stepsCompletedMax) throw exceeded(`${stepsCompletedMax} steps`)
    if (spending.has(kind)) this.checkSpending()
  }

  /** To be asked before anything that costs. @throws BudgetExceededError BUDGET_EXCEEDED with the limit that is reached */
  checkSpending(): void {
    if (this.#lifted) return
    const { tokens, costMicros } = this.#allowed
    if (this.#tokens >= tokens) throw exceeded(`${tokens} tokens`)
    if (this.#costMicros >= costMicros) throw exceeded(`${costMicros / 1_000_000} US dollars`)
  }

  /** Counts an output. @throws BudgetExceededError RUN_PAYLOAD_TOO_LARGE when all of them together are too large */
  take(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > payloadBytesMax && !this.#lifted)
      throw new BudgetExceededError(
        'RUN_PAYLOAD_TOO_LARGE',
        `The outputs of the run are larger than ${payloadBytesMax / 1024 / 1024} MB together.`,
      )
  }

  /** From now on nothing is refused: what undoes a run must not fail for what the run has used. */
  lift(): void {
    this.#lifted = true
  }

  /**
   * A signal that also ends when the run's time is up, and when that is (ms since 1970, by the database's clock).
   *
   * @throws BudgetExceededError BUDGET_EXCEEDED when it is up already
   */
  within(signal: AbortSignal): {
    readonly signal: AbortSignal
    readonly deadlineMs: number
    readonly stop: () => void
  } {
    const leftMs = this.#endsAtMs - this.#now()
    if (leftMs <= 0) throw this.#overtime()
    // Nobody holds a run for longer than a timer counts; the next owner sets its own.
    if (leftMs > 2 ** 31 - 1) return { signal, deadlineMs: this.#endsAtMs, stop: () => undefined }
    const limit = new AbortController()
    const timer = setTimeout(() => limit.abort(this.#overtime()), leftMs)
    const both = AbortSignal.any([signal, limit.signal])
    return { signal: both, deadlineMs: this.#endsAtMs, stop: () => clearTimeout(timer) }
  }

  #overtime(): BudgetExceededError {
    return exceeded(`${this.#allowed.durationMs / 1_000} s from its beginning to its end`)
  }
}

const exceeded = (what: string) =>
  new BudgetExceededError('BUDGET_EXCEEDED', `The run has used up what it may: ${what}.`)
