import { type RateLimiterAbstract, RateLimiterMemory } from 'rate-limiter-flexible'

const windowSeconds = 60

/** How a request stands to its limit. */
export interface Standing {
  readonly limit: number
  readonly remaining: number
  /** Until the count begins anew. */
  readonly resetSeconds: number
  readonly exceeded: boolean
}

/**
 * Counts requests by a name, minute by minute. In this process's memory, so that each node counts for itself; a store that
 * nodes share can be put in its place.
 */
export class RequestRate {
  readonly #limiter: RateLimiterAbstract

  constructor(limiter: RateLimiterAbstract = new RateLimiterMemory({ points: 2 ** 31, duration: windowSeconds })) {
    this.#limiter = limiter
  }

  /** Counts one request of `name`, one that is over the limit too. */
  async count(name: string, limit: number): Promise<Standing> {
    const { consumedPoints, msBeforeNext } = await this.#limiter.consume(name)
    return standing(consumedPoints, limit, msBeforeNext)
  }

  /** How `name` stands, without counting. */
  async peek(name: string, limit: number): Promise<Standing> {
    const found = await this.#limiter.get(name)
    return standing(found?.consumedPoints ?? 0, limit, found?.msBeforeNext ?? 0)
  }
}

const standing = (count: number, limit: number, msBeforeNext: number): Standing => ({
  limit,
  remaining: Math.max(0, limit - count),
  resetSeconds: Math.max(1, Math.ceil(msBeforeNext / 1000)),
  exceeded: count > limit,
})
