import type { Redis } from '#platform/redis/redis'
import type { Counters } from './counters.ts'
import { openLimiter } from './open-limiter.ts'
import { RedisCounters } from './redis-counters.ts'
import { RequestRate } from './request-rate.ts'

/**
 * Counts together with all gateways that have the same Redis; without one with the other workers of this gateway.
 *
 * @param primary counts for the workers; null when there are none
 */
export const openRate = (redis: Redis | null, primary: Counters | null): RequestRate =>
  new RequestRate(openLimiter(redis === null ? primary : new RedisCounters(redis), 'rate'))
