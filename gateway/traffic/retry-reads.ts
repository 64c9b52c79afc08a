import type { Departure } from '../execution/departure.ts'
import { SubgraphFailure } from '../execution/subgraph-answer.ts'
import type { FetchStage, SubgraphFetch } from '../execution/subgraph-fetch.ts'
import type { RetryBudget } from './retry-budget.ts'

const triesMax = 3
const firstPauseMs = 25
const retriable: ReadonlySet<number | null> = new Set([502, 503, 504])

/**
 * Asks once more where a connection failed or the subgraph was away for a moment (502, 503, 504). Reads only: nobody can
 * tell how far a mutation came. A timeout is not tried again: the time is gone, and the subgraph is slow as it is.
 *
 * @param onRetry hears of each further try
 */
export const retryReads =
  (budget: RetryBudget, onRetry: () => void): FetchStage =>
  (next) =>
  async (fetch) => {
    if (fetch.kind === 'mutation') return next(fetch)
    budget.earn()
    for (let tries = 1; ; tries += 1) {
      try {
        return await next(fetch)
      } catch (error) {
        const ms = tries === triesMax ? null : pauseBefore(error, tries, fetch)
        if (ms === null || !budget.spend()) throw error
        onRetry()
        if (!(await stays(fetch.gone ?? fetch.context.clientGone, ms))) throw error
      }
    }
  }

/** Waits, unless the client leaves. @returns whether it is still there */
function stays(client: Departure, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (isThere: boolean) => {
      clearTimeout(timer)
      client.removeEventListener('abort', leave)
      resolve(isThere)
    }
    const leave = () => end(false)
    const timer = setTimeout(() => end(true), ms)
    client.addEventListener('abort', leave)
    if (client.aborted) leave()
  })
}

/** @returns milliseconds to wait, by chance, so that clients do not come back together; null when trying is no use */
function pauseBefore(error: unknown, tries: number, { context }: SubgraphFetch) {
  if (!(error instanceof SubgraphFailure)) return null
  if (error.kind !== 'unreachable' && !retriable.has(error.status)) return null
  const ms = (error.retryAfterMs ?? 0) + firstPauseMs * 2 ** (tries - 1) * (0.5 + Math.random())
  return performance.now() + ms < (context.deadline ?? Number.POSITIVE_INFINITY) ? ms : null
}
