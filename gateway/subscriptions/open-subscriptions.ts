import type { FastifyInstance } from 'fastify'
import type { Runtime } from '#platform/http/runtime'
import { openChangeFeed } from '#platform/redis/change-feed'
import type { Authority } from '../authorization/authority.ts'
import type { GatewayConfig } from '../config.ts'
import type { Generations } from '../supergraph/generations.ts'
import { LiveMetrics } from './live.metrics.ts'
import { Subscriptions } from './subscriptions.ts'

/** While a feed of changes tells what happened, one looks without a word only to be sure. */
const withFeed = 10

/** How operations are answered by what happens. */
export interface LiveParts {
  readonly subscriptions: Subscriptions
  /** A subscription holds the one that it began on. */
  readonly generations: Pick<Generations, 'hold'>
  /** For how long a client may leave unread what it was sent. */
  readonly slowMs: number
}

/**
 * Opens what subscriptions share, and has them ended before the listener closes, which waits for them. They are woken by a
 * feed of changes when there is Redis, and look for themselves without.
 *
 * @returns null when none are to be served
 */
export async function openSubscriptions(
  app: FastifyInstance,
  { subscriptions: settings, redisUrl, subgraphKeys }: GatewayConfig,
  authority: Authority | null,
  generations: Pick<Generations, 'hold'>,
  runtime: Runtime,
): Promise<LiveParts | null> {
  if (settings === null) return null
  const feed = redisUrl === null ? null : await openChangeFeed(redisUrl, runtime.log)
  if (feed !== null) runtime.onClose('feed of changes', () => feed.close())
  const { pollMs, pollsPerSecondMax, heartbeatMs, slowMs } = settings
  const subscriptions = new Subscriptions({
    limits: settings,
    pollMs: () => (feed?.isLive === true ? pollMs * withFeed : pollMs),
    pollsPerSecondMax,
    heartbeatMs,
    subgraphKeys,
    revocations: authority?.revocations ?? null,
    metrics: new LiveMetrics(runtime.metrics.registry),
  })
  runtime.onClose('subscriptions', () => subscriptions.close())
  app.addHook('preClose', () => subscriptions.connections.endAll())
  const { topics } = subscriptions
  feed?.listen({
    changed: ({ organizationId, subjects }) => {
      for (const subject of subjects) topics.changed(`${organizationId}/${subject}`)
    },
    missed: () => topics.anyMayHaveChanged(),
  })
  return { subscriptions, generations, slowMs }
}
