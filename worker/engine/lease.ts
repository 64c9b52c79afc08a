import type { Ctx } from '#platform/graphql/context'
import { type ClaimedRun, renewLease } from '../../subgraphs/agents/jobs.ts'

/** Why a run's work is being stopped from outside. */
export class RunStopped extends Error {
  readonly reason: 'cancelled' | 'lease lost' | 'shutting down'
  constructor(reason: RunStopped['reason']) {
    super(`The run is stopped: ${reason}.`)
    this.reason = reason
  }
}

/**
 * Keeps a run's lease while it is worked on, at a third of its length, and aborts `signal` when the lease is lost or
 * when somebody wants the run cancelled. Every commit checks the epoch besides: this only stops useless work early.
 */
export class LeaseKeeper {
  readonly #abort = new AbortController()
  readonly #timer: NodeJS.Timeout
  readonly signal = this.#abort.signal

  constructor(ctx: Ctx, run: ClaimedRun, leaseMs: number) {
    let renewedAt = Date.now()
    let renewing = false
    this.#timer = setInterval(async () => {
      if (Date.now() - renewedAt > leaseMs) return this.stop('lease lost')
      if (renewing) return
      renewing = true
      try {
        const { cancelRequested } = await renewLease(ctx, run, leaseMs)
        renewedAt = Date.now()
        if (cancelRequested) this.stop('cancelled')
      } catch (error) {
        if ((error as { code?: string }).code === 'RUN_LEASE_LOST') this.stop('lease lost')
        else ctx.log.warn({ runId: run.runId, err: error }, 'lease not renewed; will try again')
      } finally {
        renewing = false
      }
    }, leaseMs / 3)
  }

  stop(reason: RunStopped['reason']): void {
    if (!this.#abort.signal.aborted) this.#abort.abort(new RunStopped(reason))
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}
