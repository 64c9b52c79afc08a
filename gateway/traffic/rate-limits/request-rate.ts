import { LRUCache } from 'lru-cache'
import type { RateLimiterAbstract } from 'rate-limiter-flexible'
import { openLimiter } from './open-limiter.ts'

/** How something that is counted stands to its limit. */
export interface Standing {
  readonly limit: number
  readonly remaining: number
  /** Until the count begins anew. */
  readonly resetSeconds: number
  readonly exceeded: boolean
}

const exceededMax = 10_000

/**
 * Counts by a name, minute by minute. Of a name that has used up its limit, that is remembered until the minute ends:
 * whoever goes on regardless costs nobody a question.
 */
export class RequestRate {
  readonly #limiter: RateLimiterAbstract
  readonly #usedUp = new LRUCache<string, { readonly limit: number; readonly until: number }>({ max: exceededMax })

  /** @param limiter where is counted; by default in this process's memory, so that each node counts for itself */
  constructor(limiter: RateLimiterAbstract = openLimiter(null, '')) {
    this.#limiter = limiter
  }

  /**
   * Counts one request of `name`, or so many points of it. What is over the limit counts too.
   *
   * @param limit of points in a minute
   */
  async count(name: string, limit: number, points = 1): Promise<Standing> {
    const refused = this.usedUp(name, limit)
    if (refused !== null) return refused
    const { consumedPoints, msBeforeNext } = await this.#limiter.consume(name, points)
    if (consumedPoints >= limit && points > 0)
      this.#usedUp.set(name, { limit, until: performance.now() + msBeforeNext })
    return standing(consumedPoints, limit, msBeforeNext)
  }

  /** How `name` stands, without counting. */
  peek(name: string, limit: number): Promise<Standing> {
    return this.count(name, limit, 0)
  }

  /** How a next request of `name` would stand when it is known already that it is one too many; asks nobody. */
  usedUp(name: string, limit: number): Standing | null {
    const known = this.#usedUp.get(name)
    if (known === undefined || known.limit !== limit) return null
    const leftMs = known.until - performance.now()
    if (leftMs > 0) return { limit, remaining: 0, resetSeconds: Math.ceil(leftMs / 1_000), exceeded: true }
    this.#usedUp.delete(name)
    return null
  }

  /** Takes points back that were counted in the minute that still runs. */
  async giveBack(name: string, points: number): Promise<void> {
    this.#usedUp.delete(name)
    await this.#limiter.reward(name, points)
  }
}

const standing = (count: number, limit: number, msBeforeNext: number): Standing => ({
  limit,
  remaining: Math.max(0, limit - count),
  resetSeconds: Math.max(1, Math.ceil(msBeforeNext / 1_000)),
  exceeded: count > limit,
})
