import { Histogram, type Registry } from 'prom-client'
import type { FetchOutcome } from './subgraph-answer.ts'

export interface LastFetch {
  readonly outcome: FetchOutcome
  /** RFC 3339. */
  readonly at: string
}

/** How each subgraph's last fetch went, and the durations of all of them as a metric. */
export class SubgraphStates {
  readonly #lastFetch = new Map<string, LastFetch>()
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

  record(subgraph: string, outcome: FetchOutcome, seconds: number): void {
    this.#duration.observe({ subgraph, outcome }, seconds)
    // A client that leaves says nothing about the subgraph.
    if (outcome !== 'client_gone') this.#lastFetch.set(subgraph, { outcome, at: new Date().toISOString() })
  }

  lastFetch(subgraph: string): LastFetch | null {
    return this.#lastFetch.get(subgraph) ?? null
  }
}
