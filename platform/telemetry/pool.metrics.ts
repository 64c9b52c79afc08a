import { Gauge, type Registry } from 'prom-client'

/** A pool of connections, as `pg` counts it. */
export interface WatchedPool {
  readonly totalCount: number
  readonly idleCount: number
  /** Requests that wait for a connection. */
  readonly waitingCount: number
  readonly options: { readonly max: number }
}

/** Tells at each scrape how the database connections of a process are used, of all its pools under one name each. */
export class PoolMetrics {
  readonly #registry: Registry
  readonly #pools = new Map<string, WatchedPool>()

  constructor(registry: Registry) {
    this.#registry = registry
  }

  /** @param name of the pool, one of few: a label */
  watch(name: string, pool: WatchedPool): void {
    if (this.#pools.size === 0) this.#register()
    this.#pools.set(name, pool)
  }

  #register(): void {
    const pools = this.#pools
    const registers = [this.#registry]
    new Gauge({
      name: 'db_connection_pool_usage',
      help: 'Connections of a pool by state: used by somebody, or idle',
      labelNames: ['pool', 'state'],
      registers,
      collect() {
        for (const [name, pool] of pools) {
          this.set({ pool: name, state: 'used' }, pool.totalCount - pool.idleCount)
          this.set({ pool: name, state: 'idle' }, pool.idleCount)
        }
      },
    })
    new Gauge({
      name: 'db_connection_pool_max',
      help: 'How many connections a pool opens at most',
      labelNames: ['pool'],
      registers,
      collect() {
        for (const [name, { options }] of pools) this.set({ pool: name }, options.max)
      },
    })
    new Gauge({
      name: 'db_connection_pool_waiting',
      help: 'How many wait for a connection of a pool',
      labelNames: ['pool'],
      registers,
      collect() {
        for (const [name, pool] of pools) this.set({ pool: name }, pool.waitingCount)
      },
    })
  }
}
