import type { Redis } from '#platform/redis/redis'
import { openLimiter } from './open-limiter.ts'
import { RedisCounters } from './redis-counters.ts'
import { RequestRate } from './request-rate.ts'

/** Counts together with all gateways that have the same Redis; without one for itself. */
export const openRate = (redis: Redis | null): RequestRate =>
  new RequestRate(openLimiter(redis === null ? null : new RedisCounters(redis), 'rate'))
