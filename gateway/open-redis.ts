import type { Runtime } from '#platform/http/runtime'
import { type ChangeFeed, openChangeFeed } from '#platform/redis/change-feed'
import { openRedis } from '#platform/redis/open-redis'
import type { Redis } from '#platform/redis/redis'
import type { GatewayConfig } from './config.ts'

/** What gateways share; null when each is for itself. Redis may be away at any time, also at the beginning. */
export async function openSharedRedis(config: GatewayConfig, runtime: Runtime): Promise<Redis | null> {
  if (config.redisUrl === null) return null
  const redis = await openRedis({ url: config.redisUrl, log: runtime.log, name: 'gateway' })
  runtime.onClose('redis', () => redis.close())
  return redis
}

/** What tells gateways of changes; null without Redis. */
export async function openSharedFeed(config: GatewayConfig, runtime: Runtime): Promise<ChangeFeed | null> {
  if (config.redisUrl === null) return null
  const feed = await openChangeFeed(config.redisUrl, runtime.log)
  runtime.onClose('feed of changes', () => feed.close())
  return feed
}
