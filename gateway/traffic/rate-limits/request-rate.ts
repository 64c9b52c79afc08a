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

/** A name that is far from its limit: how it stood when it was last asked for, and what came since then. */
interface Ahead {
  readonly limit: number
  readonly count: number
  /** By the monotonic clock. */
  readonly until: number
  pending: number
}

const aheadMax = 10_000
/** What was counted ahead is told to the others after this. */
const tellMs = 20
/** Below this no limit is far: a burst could use it up before the others hear of it. */
const farAtLeast = 200

/**
 * Counts by a name, minute by minute. Of a name that has used up its limit, that is remembered until the minute ends:
 * whoever goes on regardless costs nobody a question. Nor does a name in the first half of a limit with hundreds of
 * requests left: it is counted here at once and for all within 20 ms, so that a limit is exact unless half of it is used
 * up in that time.
 */
export class RequestRate {
  readonly #limiter: RateLimiterAbstract
  readonly #ahead = new LRUCache<string, Ahead>({ max: aheadMax })
  #told = new Map<string, Ahead>()
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
    return (points === 1 ? this.#countAhead(name, limit) : null) ?? (await this.#consume(name, limit, points))
  }

  #countAhead(name: string, limit: number): Standing | null {
    const ahead = this.#ahead.get(name)
    if (ahead === undefined || ahead.limit !== limit) return null
    const leftMs = ahead.until - performance.now()
    const count = ahead.count + ahead.pending + 1
    if (leftMs <= 0 || count > limit / 2 || limit - ahead.count < farAtLeast) return null
    ahead.pending += 1
    if (this.#told.size === 0) setTimeout(() => this.#tell(), tellMs).unref()
    this.#told.set(name, ahead)
    return standing(count, limit, leftMs)
  }

  async #consume(name: string, limit: number, points: number): Promise<Standing> {
    const { consumedPoints, msBeforeNext } = await this.#limiter.consume(name, points)
    const until = performance.now() + msBeforeNext
    if (consumedPoints >= limit && points > 0) this.#usedUp.set(name, { limit, until })
    const pending = this.#ahead.get(name)?.pending ?? 0
    const ahead = { limit, count: consumedPoints, until, pending }
    this.#ahead.set(name, ahead)
    if (pending > 0) this.#told.set(name, ahead)
    return standing(consumedPoints, limit, msBeforeNext)
  }

  #tell(): void {
    const told = this.#told
    this.#told = new Map()
    for (const [name, ahead] of told) {
      const points = ahead.pending
      ahead.pending = 0
      // Without the others each counts for itself: what they are not told is not missed here.
      if (points > 0) this.#consume(name, ahead.limit, points).catch(() => undefined)
    }
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
    this.#ahead.delete(name)
    await this.#limiter.reward(name, points)
  }
}

const standing = (count: number, limit: number, msBeforeNext: number): Standing => ({
  limit,
  remaining: Math.max(0, limit - count),
  resetSeconds: Math.max(1, Math.ceil(msBeforeNext / 1_000)),
  exceeded: count > limit,
})
