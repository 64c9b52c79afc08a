import { newId } from '#platform/id'
import {
  type ClaimedRun,
  effectKeyOf,
  type Resolution,
  type StepError,
  type StepKind,
  type StepRecord,
  type StepUsage,
  type WaitReason,
} from '../../subgraphs/agents/jobs.ts'
import type { Budget } from './budget.ts'
import { isWithin } from './inner-prefix.ts'
import type { Journal } from './journal.ts'

/** What a step waits for, and until when (ms since 1970 by the database's clock; infinity: for an answer only). */
export interface Waiting {
  readonly for: WaitReason
  readonly dueMs: number
  readonly event?: { readonly name: string; readonly key: string }
}

/** What is known of the steps of a run in hand, and the only ways to change that; each change is told to the journal. */
export class StepsInHand {
  readonly #run: ClaimedRun
  readonly #journal: Journal
  readonly #budget: Budget
  readonly #now: () => number
  readonly #records = new Map<string, StepRecord>()
  readonly #resolutions = new Map<string, Resolution>()
  #ended: number

  /** @param now ms since 1970, by the database's clock */
  constructor(run: ClaimedRun, journal: Journal, budget: Budget, now: () => number) {
    this.#run = run
    this.#journal = journal
    this.#budget = budget
    this.#now = now
    for (const { resolution, ...step } of run.steps) {
      this.#records.set(step.path, step)
      if (resolution !== null) this.#resolutions.set(step.path, resolution)
    }
    this.#ended = run.steps.filter(({ doneOrdinal }) => doneOrdinal !== null).length
  }

  at(path: string): StepRecord | undefined {
    return this.#records.get(path)
  }

  /** What somebody answered to a step that waits. */
  resolution(path: string): Resolution | undefined {
    return this.#resolutions.get(path)
  }

  /** All steps begun so far, in the order in which they first began. */
  all(): readonly StepRecord[] {
    return [...this.#records.values()]
  }

  /** The first attempt of a step, or its next one. */
  begin(path: string, stepId: string, kind: StepKind): StepRecord {
    const known = this.#records.get(path)
    const startedAt = this.#iso()
    if (known !== undefined) {
      Object.assign(known, { status: 'RUNNING', attempt: known.attempt + 1, epoch: this.#run.epoch, startedAt })
      Object.assign(known, { error: null, finishedAt: null, waitsFor: null, dueAt: null })
      // What was answered was answered to the attempt before.
      this.#resolutions.delete(path)
      this.#journal.note(known, 'step.started', { attempt: known.attempt })
      return known
    }
    const step: StepRecord = {
      ...{ id: newId(), path, stepId, kind, status: 'RUNNING', attempt: 1, epoch: this.#run.epoch, attempts: [] },
      ...{ waitsFor: null, dueAt: null, eventName: null, eventKey: null, state: null, input: null, output: null },
      ...{ error: null, usage: null, effectKey: effectKeyOf(this.#run.runId, path), ordinal: this.#records.size },
      ...{ doneOrdinal: null, startedAt, finishedAt: null },
    }
    this.#records.set(path, step)
    this.#journal.note(step, 'step.started', { attempt: 1 })
    return step
  }

  /** The attempt of an owner who was lost: whatever it still did was not stored. */
  fence(step: StepRecord): void {
    step.attempts = [...step.attempts, this.#attempt(step, 'FENCED')]
    this.#journal.note(step, 'step.fenced', { attempt: step.attempt, epoch: step.epoch })
  }

  succeed(step: StepRecord, output: unknown): void {
    this.#end(step, 'SUCCEEDED')
    step.output = output ?? null
    this.#budget.use({ stepsDone: 1 })
    this.#journal.note(step, 'step.succeeded', {}, { stepsDone: 1 })
  }

  /** Adds to what the step used in all its attempts, and the run with it. */
  use(step: StepRecord, usage: StepUsage): void {
    const before = step.usage
    step.usage = {
      model: usage.model,
      inputTokens: usage.inputTokens + (before?.inputTokens ?? 0),
      outputTokens: usage.outputTokens + (before?.outputTokens ?? 0),
      costMicros:
        before?.costMicros === null || usage.costMicros === null ? null : usage.costMicros + (before?.costMicros ?? 0),
    }
    const { inputTokens, outputTokens, costMicros } = usage
    const used = { inputTokens, outputTokens, costMicros: costMicros ?? 0 }
    this.#budget.use(used)
    this.#journal.keep(step, used)
  }

  fail(step: StepRecord, error: StepError): void {
    this.cancelWithin(step)
    this.#end(step, 'FAILED', error)
    step.error = error
    this.#journal.note(step, 'step.failed', { error })
  }

  /** What stood around the step was given up. */
  cancel(step: StepRecord): void {
    this.cancelWithin(step)
    this.#end(step, 'CANCELLED')
    this.#journal.note(step, 'step.cancelled', {})
  }

  /** Gives up what is still open within a step, or in the whole run. */
  cancelWithin(outer?: StepRecord): void {
    for (const step of this.#records.values()) {
      if (step.status !== 'RUNNING' && step.status !== 'WAITING') continue
      if (outer !== undefined && !isWithin(step.path, outer.path)) continue
      this.#end(step, 'CANCELLED')
      this.#journal.note(step, 'step.cancelled', {})
    }
  }

  skip(path: string, stepId: string, kind: StepKind): StepRecord {
    const step = this.begin(path, stepId, kind)
    this.#end(step, 'SKIPPED')
    this.#journal.note(step, 'step.skipped', {})
    return step
  }

  /** A failed attempt that is tried again when `dueMs` has come. */
  failAttempt(step: StepRecord, error: StepError): void {
    this.#withdraw(step)
    step.attempts = [...step.attempts, this.#attempt(step, 'FAILED', error)]
    step.error = error
  }

  /** The step waits from now on: what is stored next says so. */
  beginWait(step: StepRecord, waiting: Waiting): void {
    const dueAt = Number.isFinite(waiting.dueMs) ? new Date(waiting.dueMs).toISOString() : null
    if (step.status === 'WAITING' && step.dueAt === dueAt) return
    Object.assign(step, { status: 'WAITING', waitsFor: waiting.for, dueAt })
    Object.assign(step, { eventName: waiting.event?.name ?? null, eventKey: waiting.event?.key ?? null })
    const error = waiting.for === 'retry' ? { error: step.error } : {}
    this.#journal.note(step, waiting.for === 'retry' ? 'step.retrying' : 'step.waiting', {
      ...{ for: waiting.for, dueAt },
      ...error,
    })
  }

  #end(step: StepRecord, status: 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'SKIPPED', error?: StepError): void {
    const finishedAt = this.#iso()
    this.#withdraw(step)
    if (status !== 'SKIPPED') step.attempts = [...step.attempts, this.#attempt(step, status, error)]
    Object.assign(step, { status, finishedAt, waitsFor: null, dueAt: null, doneOrdinal: ++this.#ended })
  }

  /** Nobody waits any more for what people were asked, if they were. */
  #withdraw({ waitsFor, state }: StepRecord): void {
    if (waitsFor === 'approval') this.#journal.withdraw((state as { readonly approvalId: string }).approvalId)
  }

  #attempt(step: StepRecord, status: StepRecord['attempts'][number]['status'], error?: StepError) {
    const { attempt, epoch, startedAt } = step
    return { attempt, epoch, status, startedAt, finishedAt: this.#iso(), ...(error === undefined ? {} : { error }) }
  }

  #iso(): string {
    return new Date(this.#now()).toISOString()
  }
}
