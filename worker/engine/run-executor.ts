import type { Pool } from 'pg'
import { newId } from '#platform/id'
import type { Span } from '#platform/telemetry/span'
import { type AdvanceRun, dueRuns } from '../../subgraphs/agents/jobs.ts'
import type { WorkerParts } from '../parts.ts'
import { advanceRun } from './advance-run.ts'

const runsAtOnceMax = 8

/**
 * Works on runs, a bounded number at a time: those that a hint names, and, sweeping, those that PostgreSQL says are due,
 * because their hint was lost or their worker died. Redis may be away: hints are then late, never missing.
 */
export class RunExecutor {
  readonly #parts: WorkerParts
  readonly #sweepPool: Pool
  readonly #running = new Map<string, Promise<void>>()
  readonly #shutdown = new AbortController()
  readonly #timer: NodeJS.Timeout
  #sweeping: Promise<void> = Promise.resolve()

  constructor(parts: WorkerParts, sweepPool: Pool) {
    this.#parts = parts
    this.#sweepPool = sweepPool
    const everyMs = Math.min(parts.runLeaseMs / 2, 5_000)
    this.#timer = setInterval(() => {
      this.#sweeping = this.#sweeping.then(() => this.sweep())
    }, everyMs)
  }

  /** Resolves when the run has gone as far as it goes. A run already in hand here is not taken twice. */
  advance(hint: AdvanceRun, span: Span): Promise<void> {
    const known = this.#running.get(hint.runId)
    if (known !== undefined) return known
    const work = advanceRun(this.#parts, hint, span, this.#shutdown.signal).finally(() =>
      this.#running.delete(hint.runId),
    )
    this.#running.set(hint.runId, work)
    return work
  }

  async sweep(): Promise<void> {
    const room = runsAtOnceMax - this.#running.size
    if (room <= 0 || this.#shutdown.signal.aborted) return
    try {
      for (const due of await dueRuns(this.#sweepPool, room)) {
        const span = this.#parts.tracer.begin('sweep run', 'internal', {})
        this.advance({ ...due, requestId: newId(), traceparent: span.traceparent }, span)
          .catch((error) => {
            span.fail(error instanceof Error ? error.name : 'Error')
            this.#parts.log.error({ runId: due.runId, err: error }, 'sweeping a run failed')
          })
          .finally(() => span.end())
      }
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'sweep failed; will try again')
    }
  }

  /** Gives the runs in hand back, at the next point where they can be left. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#shutdown.abort()
    await this.#sweeping
    await Promise.allSettled(this.#running.values())
  }
}
