import { type RateLimiterAbstract, RateLimiterRedis } from 'rate-limiter-flexible'
import { BoundedMemory } from './bounded-memory.ts'
import type { Counters } from './counters.ts'
import { GatheredCounters } from './gathered-counters.ts'

export const windowSeconds = 60
/** No limit of its own: whoever counts knows the limit, which differs from name to name. */
const points = Number.MAX_SAFE_INTEGER
const namesMax = 100_000

/**
 * Counts minute by minute in `shared`, and in this process's memory while those cannot be reached, or when there are none.
 *
 * @param prefix of the counters' names in the store
 */
export function openLimiter(shared: Counters | null, prefix: string): RateLimiterAbstract {
  const local = new BoundedMemory({ points, duration: windowSeconds, namesMax })
  if (shared === null) return local
  return new RateLimiterRedis({
    storeClient: new GatheredCounters(shared),
    points,
    duration: windowSeconds,
    keyPrefix: prefix,
    rejectIfRedisNotReady: true,
    insuranceLimiter: local,
  })
}
