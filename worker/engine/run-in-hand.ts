import type { Ctx } from '#platform/graphql/context'
import type { ClaimedRun, StepRecord } from '../../subgraphs/agents/jobs.ts'
import type { WorkerParts } from '../parts.ts'
import { Branches } from './branches.ts'
import { Budget } from './budget.ts'
import { evaluateInTurn } from './expression/evaluate-in-turn.ts'
import { plainValue } from './expression/plain-expression.ts'
import type { Frame } from './frame.ts'
import { Journal } from './journal.ts'
import type { RunSignals } from './runs-in-hand.ts'
import { StepsInHand, type Waiting } from './steps-in-hand.ts'

/** One run in the hands of one owner: what its steps' code works with, and when it has to leave it. */
export class RunInHand {
  readonly ctx: Ctx
  readonly run: ClaimedRun
  readonly parts: WorkerParts
  readonly branches = new Branches()
  readonly journal: Journal
  readonly budget: Budget
  readonly steps: StepsInHand
  /** Gives a token with the run's rights; another than the one it is told was refused. */
  readonly runToken: (refused?: string) => Promise<string>
  readonly #leave: AbortSignal
  #signal: AbortSignal
  #undoing = false
  /** The database's clock is ahead of ours by this. */
  readonly #aheadMs: number

  constructor(
    ctx: Ctx,
    run: ClaimedRun,
    parts: WorkerParts,
    runToken: (refused?: string) => Promise<string>,
    { stop, leave, lost, progressed }: RunSignals,
  ) {
    this.ctx = ctx
    this.run = run
    this.parts = parts
    this.runToken = runToken
    this.#signal = stop
    this.#leave = leave
    this.journal = new Journal(ctx, run, lost, (commit, seconds) => {
      if (commit.stepsDone > 0) progressed()
      parts.runAdvanced(run)
      parts.runMetrics.stored(commit, seconds)
    })
    this.#aheadMs = Date.parse(run.claimedAt) - Date.now()
    this.budget = new Budget(run, () => this.now())
    this.steps = new StepsInHand(run, this.journal, this.budget, () => this.now())
  }

  /** Aborted when the run has to be left. */
  get signal(): AbortSignal {
    return this.#signal
  }

  /** Whether the run's end is decided and what it did is being undone. */
  get undoing(): boolean {
    return this.#undoing
  }

  /** From now on a cancellation stops nothing any more: it is what the undoing is for. */
  undo(): void {
    this.#undoing = true
    this.#signal = this.#leave
  }

  /** ms since 1970, by the database's clock. */
  now(): number {
    return Date.now() + this.#aheadMs
  }

  /**
   * The step waits, with or without the run: resolves when `dueMs` has come while other branches went on.
   *
   * @throws RunParked when nothing of the run goes on; the signal's reason
   */
  async wait(step: StepRecord, waiting: Waiting, frame: Frame): Promise<void> {
    this.steps.beginWait(step, waiting)
    const untilMs = Math.min(waiting.dueMs, frame.deadlineMs)
    await this.branches.wait(untilMs - this.#aheadMs, frame.signal)
  }

  /** When a parked run is due next, ISO 8601; undefined when only an answer can wake it. */
  parkedUntil(): string | undefined {
    const ms = this.branches.parkedUntilMs
    return Number.isFinite(ms) ? new Date(ms + this.#aheadMs).toISOString() : undefined
  }

  /** Evaluates a JSONata expression over what is seen in the frame. @throws DomainError; the signal's reason */
  async evaluate(expression: string, frame: Frame, signal = frame.signal): Promise<unknown> {
    signal.throwIfAborted()
    const { input, runId, startedAt } = this.run
    const scope = { ...frame.names, input, steps: frame.steps, run: { id: runId, startedAt } }
    const plain = plainValue(expression, scope)
    if (plain === undefined) return evaluateInTurn(this.parts.expressions, expression, scope, signal)
    // Outputs stay as they are; what they stand in is still being filled, and must not come to hold itself.
    return plain.value === frame.steps ? { ...frame.steps } : plain.value
  }
}
