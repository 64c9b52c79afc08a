import type { Runtime } from '#platform/http/runtime'
import type { ChangeFeed } from '#platform/redis/change-feed'
import type { Redis } from '#platform/redis/redis'
import { AnswerCache } from './answer-cache.ts'
import type { CacheSettings } from './settings.ts'
import { SharedLayer } from './shared-layer.ts'

/** What gateways share: a connection, and the feed of what changes. */
export interface SharedParts {
  readonly redis: Redis
  readonly feed: ChangeFeed
}

/** @param shared null without Redis: then every process keeps for itself, and hears of no changes but its own */
export function openCache(settings: CacheSettings, shared: SharedParts | null, { metrics }: Runtime): AnswerCache {
  if (shared === null) return new AnswerCache(settings, null, metrics.registry)
  const { redis, feed } = shared
  const cache = new AnswerCache(settings, new SharedLayer(redis, () => feed.isLive), metrics.registry)
  feed.listen({
    changed: ({ organizationId, subjects }) => void cache.changed(organizationId, subjects),
    missed: () => void cache.missed(),
  })
  // What changed before this was called nobody has told.
  void cache.missed()
  return cache
}
