import { LRUCache } from 'lru-cache'
import type { Pool } from 'pg'
import type { Logger } from '#platform/log/logger'
import { type AdvanceRun, type ClaimedRun, renewLeases } from '../../subgraphs/agents/jobs.ts'
import { RunStopped } from './run-stopped.ts'

interface Hold {
  readonly run: Pick<ClaimedRun, 'runId' | 'organizationId' | 'epoch'>
  readonly stop: AbortController
  readonly leave: AbortController
  readonly lost: AbortController
  renewedAtMs: number
}

export interface RunSignals {
  /** Aborted with a RunStopped when the run has to be left. */
  readonly stop: AbortSignal
  /** The same, but not for a cancellation: what is being undone goes on. */
  readonly leave: AbortSignal
  /** Aborted with a RunStopped when it is no longer ours: nothing of it may be stored any more. */
  readonly lost: AbortSignal
  /** To be called when a completed step was stored. */
  readonly progressed: () => void
}

/** A cancellation is noticed by the heartbeat, so it is no slower than this. */
const heartbeatMsMax = 1_000

/**
 * The runs that this worker owns. One heartbeat keeps the leases of all of them, and stops those that were lost or that
 * somebody wants cancelled. Every commit checks the epoch besides: this only stops useless work early.
 */
export class RunsInHand {
  readonly #sweepPool: Pool
  readonly #owner: string
  readonly #leaseMs: number
  readonly #log: Logger
  readonly #onProgress: (runId: string) => void
  readonly #holds = new Map<string, Hold>()
  /** Of runs that were held here lately. */
  readonly #epochs = new LRUCache<string, number>({ max: 10_000 })
  readonly #timer: NodeJS.Timeout
  #renewing: Promise<void> = Promise.resolve()

  /** @param onProgress called whenever a completed step of one of the runs was stored */
  constructor(sweepPool: Pool, owner: string, leaseMs: number, log: Logger, onProgress: (runId: string) => void) {
    this.#sweepPool = sweepPool
    this.#owner = owner
    this.#leaseMs = leaseMs
    this.#log = log
    this.#onProgress = onProgress
    let busy = false
    this.#timer = setInterval(
      () => {
        if (busy) return this.#stopOverdue()
        busy = true
        this.#renewing = this.#renew().finally(() => {
          busy = false
        })
      },
      Math.min(leaseMs / 4, heartbeatMsMax),
    )
  }

  get size(): number {
    return this.#holds.size
  }

  /** Whether the hint was given before the run was taken here: whatever it is about was seen then. */
  isStale({ runId, epoch }: Pick<AdvanceRun, 'runId' | 'epoch'>): boolean {
    return epoch !== undefined && epoch < (this.#epochs.get(runId) ?? 0)
  }

  hold(run: ClaimedRun): RunSignals {
    const [stop, leave, lost] = [new AbortController(), new AbortController(), new AbortController()]
    this.#epochs.set(run.runId, run.epoch)
    this.#holds.set(run.runId, { run, stop, leave, lost, renewedAtMs: Date.now() })
    if (run.cancelRequested) stop.abort(new RunStopped('cancelled'))
    const progressed = () => this.#onProgress(run.runId)
    return { stop: stop.signal, leave: leave.signal, lost: lost.signal, progressed }
  }

  release(runId: string): void {
    this.#holds.delete(runId)
  }

  /** Stops the work on every run; it goes on elsewhere. */
  stopAll(): void {
    for (const { stop, leave } of this.#holds.values()) {
      leave.abort(new RunStopped('shutting down'))
      stop.abort(leave.signal.reason)
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#renewing
  }

  async #renew(): Promise<void> {
    this.#stopOverdue()
    const holds = [...this.#holds.values()]
    if (holds.length === 0) return
    const askedAtMs = Date.now()
    try {
      const renewed = await renewLeases(
        this.#sweepPool,
        this.#owner,
        holds.map(({ run }) => run),
        this.#leaseMs,
      )
      const byRun = new Map(renewed.map((lease) => [lease.runId, lease]))
      for (const hold of holds) {
        const lease = byRun.get(hold.run.runId)
        // Left meanwhile, by its end or on purpose: no loss.
        if (this.#holds.get(hold.run.runId) !== hold) continue
        if (lease?.epoch !== hold.run.epoch) lose(hold)
        else {
          hold.renewedAtMs = askedAtMs
          if (lease.cancelRequested) hold.stop.abort(new RunStopped('cancelled'))
        }
      }
    } catch (error) {
      this.#log.warn({ runs: holds.length, err: error }, 'leases not renewed; will try again')
    }
  }

  #stopOverdue(): void {
    for (const hold of this.#holds.values()) if (Date.now() - hold.renewedAtMs > this.#leaseMs) lose(hold)
  }
}

function lose({ stop, leave, lost }: Hold): void {
  lost.abort(new RunStopped('lease lost'))
  leave.abort(lost.signal.reason)
  stop.abort(lost.signal.reason)
}
