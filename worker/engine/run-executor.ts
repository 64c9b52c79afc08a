import type { Pool } from 'pg'
import { newId } from '#platform/id'
import type { Span } from '#platform/telemetry/span'
import { type AdvanceRun, type DueRun, dueOnLastChance, dueRuns, RunClaims } from '../../subgraphs/agents/jobs.ts'
import type { WorkerParts } from '../parts.ts'
import { advanceRun, type NextLook } from './advance-run.ts'
import { HeldRuns } from './held-runs.ts'
import { LastChance } from './last-chance.ts'
import { RunsInHand } from './runs-in-hand.ts'
import { SlowStart } from './slow-start.ts'

const [runsAtFirst, runsAtOnceMax] = [4, 32]
/** One organization leaves room for the others, however much of it is due. */
const runsOfOneMax = 24
const sweepMsMax = 1_000
/** A wait that ends sooner than the next sweeps would find it is remembered here besides. */
const soonMs = 10_000

/**
 * Works on runs, a bounded number at a time: those that a hint names, and, sweeping, those that PostgreSQL says are due,
 * because they waited, their hint was lost or their worker died. Redis may be away: hints are then late, never missing.
 */
export class RunExecutor {
  readonly #parts: WorkerParts
  readonly #sweepPool: Pool
  readonly #claims: RunClaims
  readonly #inHand: RunsInHand
  readonly #held: HeldRuns
  readonly #lastChance = new LastChance()
  readonly #start = new SlowStart(runsAtFirst, runsAtOnceMax)
  #onSuspectTaken: (runId: string) => void = () => undefined
  readonly #running = new Map<string, Promise<void>>()
  /** Those in hand that were really claimed: when they leave, others may have room. */
  readonly #taken = new Set<string>()
  readonly #ofOrganization = new Map<string, number>()
  readonly #soon = new Set<NodeJS.Timeout>()
  readonly #timer: NodeJS.Timeout
  #closing = false
  #sweeping: Promise<void> = Promise.resolve()

  constructor(parts: WorkerParts, sweepPool: Pool) {
    const { owner, runLeaseMs, log } = parts
    this.#parts = parts
    this.#sweepPool = sweepPool
    this.#held = new HeldRuns(sweepPool, (run, atMs) => this.#lookAgain(run, atMs - Date.now()))
    this.#claims = new RunClaims(owner, runLeaseMs, {
      evaluate: (expression, scope) => parts.expressions.evaluate(expression, scope),
      onHeld: (organizationId, runId, { at }) => this.#held.saw({ organizationId, runId }, at),
      onLastChance: (runId) => this.#lastChance.take(runId),
      onTaken: (runId) => {
        this.#taken.add(runId)
        this.#onSuspectTaken(runId)
      },
      onLetGo: (organizationId) => this.#lookAtHeld(organizationId),
    })
    this.#inHand = new RunsInHand(sweepPool, owner, runLeaseMs, log, (runId) => {
      const moreRoom = this.#start.progressed()
      if (this.#lastChance.leave(runId) || moreRoom) void this.sweep()
    })
    parts.runMetrics.watchHand(() => this.#inHand.size)
    let busy = false
    const sweep = () => {
      if (busy) return
      busy = true
      this.#sweeping = this.sweep().finally(() => {
        busy = false
      })
    }
    this.#timer = setInterval(sweep, Math.min(runLeaseMs / 2, sweepMsMax))
    sweep()
  }

  /** Resolves when the run has gone as far as it goes. A run already in hand here is not taken twice. */
  advance(hint: AdvanceRun, span: Span): Promise<void> {
    const known = this.#running.get(hint.runId)
    if (known !== undefined) return known
    const { runId, organizationId } = hint
    const ofOne = this.#ofOrganization.get(organizationId) ?? 0
    if (this.#closing || this.#running.size >= this.#start.room || ofOne >= runsOfOneMax) return Promise.resolve()
    if (this.#inHand.isStale(hint)) return Promise.resolve()
    this.#ofOrganization.set(organizationId, ofOne + 1)
    const work = this.#advance(hint, span).finally(() => {
      this.#running.delete(runId)
      this.#letGo(hint)
    })
    this.#running.set(runId, work)
    return work
  }

  #letGo({ organizationId, runId }: DueRun): void {
    const left = (this.#ofOrganization.get(organizationId) ?? 1) - 1
    if (left > 0) this.#ofOrganization.set(organizationId, left)
    else this.#ofOrganization.delete(organizationId)
    const taken = this.#taken.delete(runId)
    // One that somebody else was faster with may still seem due: the next sweep sees.
    if (this.#lastChance.leave(runId) && taken) void this.sweep()
    if (taken && this.#held.isIn(organizationId)) this.#lookAtHeld(organizationId)
  }

  /** A slot may have become free: whoever is first in line for it need not wait for the sweep. */
  #lookAtHeld(organizationId: string): void {
    if (this.#closing) return
    this.#held.of(organizationId).then(
      (heads) => {
        for (const head of heads) this.#take(head)
      },
      (error) => this.#parts.log.warn({ err: error }, 'held runs not seen; the sweep will'),
    )
  }

  /** @returns whether one that is on its last chance was taken; not if another worker was faster */
  async #takeSuspect(): Promise<boolean> {
    if (!this.#lastChance.isFree) return false
    const due = await dueOnLastChance(this.#sweepPool)
    if (due === undefined || !this.#lastChance.isFree || this.#running.has(due.runId)) return false
    return new Promise((resolve) => {
      this.#onSuspectTaken = (runId) => runId === due.runId && resolve(true)
      this.#take(due).finally(() => resolve(false))
    })
  }

  async #advance(hint: AdvanceRun, span: Span): Promise<void> {
    let next: NextLook = 'now'
    while (next === 'now' && !this.#closing)
      next = await advanceRun(this.#parts, this.#claims, this.#inHand, hint, span)
    if (typeof next === 'object') this.#lookAgain(hint, Date.parse(next.at) - Date.now())
  }

  #lookAgain({ organizationId, runId }: DueRun, inMs: number): void {
    if (inMs > soonMs || this.#closing) return
    const timer = setTimeout(
      () => {
        this.#soon.delete(timer)
        this.#take({ organizationId, runId })
      },
      Math.max(0, inMs),
    )
    this.#soon.add(timer)
  }

  async sweep(): Promise<void> {
    const room = this.#start.room - this.#running.size
    if (room <= 0 || this.#closing) return
    try {
      // Nothing beside it for now: the sooner it completes a step, the less it can be taken along by.
      if (await this.#takeSuspect()) return
      for (const due of await dueRuns(this.#sweepPool, room)) this.#take(due)
      for (const head of await this.#held.sweep()) this.#take(head)
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'sweep failed; will try again')
    }
  }

  #take({ organizationId, runId }: DueRun): Promise<void> {
    const span = this.#parts.tracer.begin('sweep run', 'internal', {})
    return this.advance({ organizationId, runId, requestId: newId(), traceparent: span.traceparent }, span)
      .catch((error) => {
        span.fail(error instanceof Error ? error.name : 'Error')
        this.#parts.log.error({ runId, err: error }, 'sweeping a run failed')
      })
      .finally(() => span.end())
  }

  /** Gives the runs in hand back, at the next point where they can be left. */
  async close(): Promise<void> {
    this.#closing = true
    clearInterval(this.#timer)
    for (const timer of this.#soon) clearTimeout(timer)
    this.#inHand.stopAll()
    await this.#sweeping
    await Promise.allSettled(this.#running.values())
    await this.#inHand.close()
  }
}
