import { Histogram, type Registry } from 'prom-client'
import { traceIdOf } from '#platform/telemetry/trace-context'
import { type FetchOutcome, SubgraphFailure } from './subgraph-answer.ts'
import type { FetchStage } from './subgraph-fetch.ts'

export interface LastFetch {
  readonly outcome: FetchOutcome
  /** RFC 3339. */
  readonly at: string
}

/** How each subgraph's last fetch went, and the durations of all of them as a metric. */
export class SubgraphStates {
  readonly #last = new Map<string, { readonly outcome: FetchOutcome; readonly atMs: number }>()
  readonly #duration: Histogram<'subgraph' | 'outcome'>

  constructor(registry: Registry) {
    this.#duration = new Histogram({
      name: 'gateway_subgraph_request_duration_seconds',
      help: 'Time to an answer of a subgraph, or to the end of waiting for one',
      labelNames: ['subgraph', 'outcome'] as const,
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    })
  }

  /** Records what is asked of a subgraph, and logs what it does not answer. */
  observe(subgraph: string): FetchStage {
    return (next) => async (fetch) => {
      const started = performance.now()
      try {
        const answer = await next(fetch)
        this.#record(subgraph, answer.errors.length === 0 ? 'ok' : 'errors', started)
        return answer
      } catch (error) {
        if (!(error instanceof SubgraphFailure)) throw error
        this.#record(subgraph, error.kind, started)
        const { log, requestId, traceparent } = fetch.context
        const place = { requestId, traceId: traceIdOf(traceparent), subgraph, outcome: error.kind }
        // That it is not asked is said when its breaker opens, not once for each fetch.
        log[error.kind === 'open' ? 'debug' : 'warn']({ ...place, err: error }, 'subgraph failed')
        throw error
      }
    }
  }

  lastFetch(subgraph: string): LastFetch | null {
    const last = this.#last.get(subgraph)
    return last === undefined ? null : { outcome: last.outcome, at: new Date(last.atMs).toISOString() }
  }

  #record(subgraph: string, outcome: FetchOutcome, started: number): void {
    this.#duration.observe({ subgraph, outcome }, (performance.now() - started) / 1000)
    // A client that leaves says nothing about the subgraph.
    if (outcome !== 'client_gone') this.#last.set(subgraph, { outcome, atMs: Date.now() })
  }
}
