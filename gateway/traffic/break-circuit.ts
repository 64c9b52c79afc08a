import { SubgraphFailure } from '../execution/subgraph-answer.ts'
import type { FetchStage } from '../execution/subgraph-fetch.ts'
import type { Breaker, Verdict } from './breaker.ts'

/** A subgraph that keeps failing is not asked: what it would answer is missing at once, and it gets time to recover. */
export const breakCircuit =
  (breaker: Breaker): FetchStage =>
  (next) =>
  async (fetch) => {
    const judge = breaker.enter()
    if (judge === null) throw new SubgraphFailure('open', 'it failed too often to be asked now')
    let verdict: Verdict = 'none'
    try {
      const answer = await next(fetch)
      verdict = 'success'
      return answer
    } catch (error) {
      verdict = verdictOn(error)
      throw error
    } finally {
      judge(verdict)
    }
  }

/**
 * Only what would have befallen any other question too: a nonsensical or oversized answer may be due to what was asked, and
 * a client that left, our own full queue, or a signature that was not taken do not say that the subgraph is ill.
 */
function verdictOn(error: unknown): Verdict {
  if (!(error instanceof SubgraphFailure)) return 'none'
  const { kind, status } = error
  return kind === 'timeout' || kind === 'unreachable' || (status !== null && status >= 500) ? 'failure' : 'none'
}
