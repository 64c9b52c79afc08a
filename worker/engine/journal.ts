import type { Ctx } from '#platform/graphql/context'
import {
  type ClaimedRun,
  type Committed,
  commitRun,
  finishRun,
  type NewApproval,
  type RunCommit,
  type RunEnding,
  type RunUsage,
  requestApprovals,
  type StepRecord,
  type Transition,
} from '../../subgraphs/agents/jobs.ts'
import { isLeaseLost } from './lease-lost.ts'
import { pause } from './pause.ts'
import { Unstored } from './unstored.ts'

/** What is only remembered so far is stored after this at the latest, so that whoever watches sees the run move. */
const lazyMs = 100
const retryMs = 250

/**
 * What an owner did of a run and has not stored yet. Steps are kept whole and stored together: what needs to be certain
 * before it goes on, an effect on the outside or the end of the run, waits for the commit; what can be computed again
 * does not. Commits follow one another; what comes while one is under way goes with the next.
 */
export class Journal {
  readonly #ctx: Ctx
  readonly #run: ClaimedRun
  readonly #signal: AbortSignal
  readonly #onStored: (commit: RunCommit, seconds: number) => void
  readonly #unstored = new Unstored()
  #number = 0
  #lazy: NodeJS.Timeout | undefined
  #last: Promise<unknown> = Promise.resolve()
  #queued: Promise<void> | undefined

  /**
   * @param signal aborted when the run is no longer ours; a commit is tried again until then
   * @param onStored called after each commit, with the time that it took
   */
  constructor(ctx: Ctx, run: ClaimedRun, signal: AbortSignal, onStored: (commit: RunCommit, seconds: number) => void) {
    this.#ctx = ctx
    this.#run = run
    this.#signal = signal
    this.#onStored = onStored
  }

  /** Remembers a step as it is now, and what happened to it. */
  note(step: StepRecord, type: Transition['type'], data: object, used: Partial<RunUsage> = {}): void {
    this.#unstored.step(step, used)
    this.tell(type, { path: step.path, kind: step.kind, ...data })
  }

  /** Remembers a step whose change is nobody's news. */
  keep(step: StepRecord, used: Partial<RunUsage> = {}): void {
    this.#unstored.step(step, used)
    this.#storeSoon()
  }

  /** Remembers how large a step's output is: a large one is stored beside it. To be told before the step's end is noted. */
  weigh(step: StepRecord, output: unknown, bytes: number): void {
    this.#unstored.output(step, output, bytes)
  }

  /** Remembers what people are to be asked for. It is stored together with the step that is noted with it. */
  request(approval: NewApproval): void {
    this.#unstored.approval(approval)
  }

  /** Remembers that no step waits for an approval any more, settled or not. */
  withdraw(approvalId: string): void {
    this.#unstored.withdrawal(approvalId)
  }

  /** Remembers something that happened to the run itself. */
  tell(type: Transition['type'], data: object): void {
    this.#unstored.event(type, data)
    this.#storeSoon()
  }

  /** Remembers how the run is going to end. */
  end(ending: RunEnding): void {
    this.#unstored.ending(ending)
    this.#storeSoon()
  }

  /** Resolves when everything remembered so far is stored. @throws RunLeaseLostError; the signal's reason */
  store(): Promise<void> {
    this.#queued ??= this.#last.then(async () => {
      this.#queued = undefined
      if (this.#unstored.isEmpty) return
      await this.#commit((commit) => this.#send(commit))
    })
    this.#last = this.#queued.catch(() => undefined)
    return this.#queued
  }

  /** Stores what is remembered without being waited for, together with what the next step tells at once. */
  storeNow(): void {
    setImmediate(() => this.store().catch(() => undefined))
  }

  /** Stores the rest and gives the run up: parked until `dueAt` (ISO 8601; undefined: until an answer), or for anybody. */
  async leave(leaves: 'parked' | 'released', dueAt?: string): Promise<Committed> {
    await this.#last
    const more = { leaves, ...(dueAt === undefined ? {} : { dueAt }) }
    return this.#commit((commit) => this.#send({ ...commit, ...more }))
  }

  /** Stores the rest and the run's end. */
  async finish(
    end: Required<Pick<RunCommit, 'end'>>['end'],
    details: Readonly<Record<string, string[]>> = {},
  ): Promise<void> {
    await this.#last
    await this.#commit((commit) => finishRun(this.#ctx, this.#run, { ...commit, end }, details), { end })
  }

  /** Nothing is stored any more. */
  close(): void {
    clearTimeout(this.#lazy)
  }

  #send(commit: RunCommit): Promise<Committed> {
    const { approvals } = commit
    if (approvals === undefined) return commitRun(this.#ctx, this.#run, commit)
    return requestApprovals(this.#ctx, this.#run, { ...commit, approvals })
  }

  async #commit<T>(send: (commit: RunCommit) => Promise<T>, more: Pick<RunCommit, 'end'> = {}): Promise<T> {
    clearTimeout(this.#lazy)
    this.#lazy = undefined
    const commit = { ...this.#unstored.take(), number: ++this.#number }
    for (;;) {
      this.#signal.throwIfAborted()
      const beganMs = performance.now()
      try {
        const committed = await send(commit)
        this.#onStored({ ...commit, ...more }, (performance.now() - beganMs) / 1_000)
        return committed
      } catch (error) {
        if (isLeaseLost(error) || !isOfConnection(error)) throw error
        // Whether it was stored is not known: sent again, it is stored once.
        this.#ctx.log.warn({ runId: this.#run.runId, err: error }, 'not stored; will try again')
        await pause(retryMs, this.#signal)
      }
    }
  }

  #storeSoon(): void {
    // What fails here is met by whoever waits for the next commit.
    this.#lazy ??= setTimeout(() => this.store().catch(() => undefined), lazyMs)
  }
}

/** SQLSTATE classes 08, 53 and 57, and what the driver and the system say when there is no server at all. */
const isOfConnection = (error: unknown): boolean => {
  const { code = '', message = '' } = error as { code?: string; message?: string }
  return (
    /^(08|53|57)/.test(code) ||
    /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH)/.test(code) ||
    /connection|timeout/i.test(message)
  )
}
