import { Counter, Gauge, type Registry } from 'prom-client'
import type { BreakerState } from './breaker.ts'

const levels: Readonly<Record<BreakerState, number>> = { closed: 0, half_open: 1, open: 2 }

/** What becomes of fetches on their way to subgraphs. Made once: the subgraphs may change under it. */
export class TrafficMetrics {
  readonly #breaker: Gauge<'subgraph'>
  readonly #retries: Counter<'subgraph'>
  readonly #joined: Counter<'subgraph'>

  /** @param load by subgraph, how many fetches run and wait */
  constructor(registry: Registry, load: () => Iterable<readonly [string, { running: number; waiting: number }]>) {
    const labelNames = ['subgraph'] as const
    const registers = [registry]
    this.#breaker = new Gauge({
      name: 'gateway_subgraph_breaker_state',
      help: '0 closed, 1 probing, 2 open: the subgraph is not asked',
      labelNames,
      registers,
    })
    this.#retries = new Counter({
      name: 'gateway_subgraph_retries_total',
      help: 'Reads that were tried once more',
      labelNames,
      registers,
    })
    this.#joined = new Counter({
      name: 'gateway_subgraph_reads_joined_total',
      help: 'Reads that were answered by an equal one under way',
      labelNames,
      registers,
    })
    new Gauge({
      name: 'gateway_subgraph_fetches',
      help: 'Fetches under way, and waiting for their turn',
      labelNames: ['subgraph', 'state'] as const,
      registers,
      collect() {
        this.reset()
        for (const [subgraph, { running, waiting }] of load()) {
          this.set({ subgraph, state: 'running' }, running)
          this.set({ subgraph, state: 'waiting' }, waiting)
        }
      },
    })
  }

  breakerIs(subgraph: string, state: BreakerState): void {
    this.#breaker.set({ subgraph }, levels[state])
  }

  retried(subgraph: string): void {
    this.#retries.inc({ subgraph })
  }

  joined(subgraph: string): void {
    this.#joined.inc({ subgraph })
  }
}
