import { Counter, Gauge, type Registry } from 'prom-client'

export type Layer = 'memory' | 'redis'
/** What is kept: answers to whole operations, to single fetches, or single entities. */
export type Kind = 'answer' | 'fetch' | 'entity'
export type Cause = 'change' | 'mutation' | 'gap'

export class CacheMetrics {
  readonly #lookups: Counter<'kind' | 'result'>
  readonly #stores: Counter<'kind' | 'layer'>
  readonly #invalidations: Counter<'cause'>

  constructor(registry: Registry, memoryBytes: () => number) {
    const registers = [registry]
    this.#lookups = new Counter({
      name: 'gateway_cache_lookups_total',
      help: 'What was looked for in the caches, and where it was found',
      labelNames: ['kind', 'result'] as const,
      registers,
    })
    this.#stores = new Counter({
      name: 'gateway_cache_stores_total',
      help: 'What was put into the caches',
      labelNames: ['kind', 'layer'] as const,
      registers,
    })
    this.#invalidations = new Counter({
      name: 'gateway_cache_invalidations_total',
      help: 'How often something kept was struck out, and why',
      labelNames: ['cause'] as const,
      registers,
    })
    new Gauge({
      name: 'gateway_cache_memory_bytes',
      help: 'Text that this process keeps',
      registers,
      collect() {
        this.set(memoryBytes())
      },
    })
  }

  found(kind: Kind, layer: Layer | null): void {
    this.#lookups.inc({ kind, result: layer === null ? 'miss' : `hit_${layer}` })
  }

  stored(kind: Kind, layer: Layer): void {
    this.#stores.inc({ kind, layer })
  }

  invalidated(cause: Cause): void {
    this.#invalidations.inc({ cause })
  }
}
