import { LRUCache } from 'lru-cache'
import type { Addition, Counted, Counters } from './counters.ts'

interface Counter {
  points: number
  readonly until: number
}

const namesMax = 100_000

/** Counters in this process's memory, to be shared by others: of very many the one unused for longest is forgotten. */
export class MemoryCounters implements Counters {
  readonly isReady = true
  readonly #counters = new LRUCache<string, Counter>({ max: namesMax })

  async add(additions: readonly Addition[]): Promise<readonly Counted[]> {
    const now = performance.now()
    return additions.map((addition) => this.#add(addition, now))
  }

  #add({ name, points, windowMs }: Addition, now: number): Counted {
    const found = this.#counters.get(name)
    if (found !== undefined && found.until > now) {
      found.points = Math.max(0, found.points + points)
      return { points: found.points, leftMs: found.until - now }
    }
    if (points <= 0) return { points: 0, leftMs: 0 }
    this.#counters.set(name, { points, until: now + windowMs })
    return { points, leftMs: windowMs }
  }
}
