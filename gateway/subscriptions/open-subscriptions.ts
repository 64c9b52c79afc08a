import type { FastifyInstance } from 'fastify'
import type { Runtime } from '#platform/http/runtime'
import type { ChangeFeed } from '#platform/redis/change-feed'
import type { GatewayConfig } from '../config.ts'
import type { Clients } from '../operations/clients/open-clients.ts'
import { LiveMetrics } from './live.metrics.ts'
import type { LiveParts } from './live-parts.ts'
import { type SocketParts, Sockets } from './sockets/sockets.ts'
import { Subscriptions } from './subscriptions.ts'

/** While a feed of changes tells what happened, one looks without a word only to be sure: so many times rarer. */
const rarerWithFeed = 10

/** Operations that are answered over streams of events and over WebSockets. */
export interface Live extends LiveParts {
  readonly sockets: Sockets
}

export interface SubscriptionParts
  extends Pick<SocketParts, 'authority' | 'refusals' | 'limits' | 'generations' | 'messageBytesMax'> {
  readonly clients: Pick<Clients, 'profiles' | 'cors'>
  /** What wakes them; null without Redis. */
  readonly feed: ChangeFeed | null
}

/**
 * Opens what subscriptions share, and has them ended before the listener closes, which waits for them. They are woken by a
 * feed of changes when there is Redis, and look for themselves without.
 *
 * @returns null when none are to be served
 */
export async function openSubscriptions(
  app: FastifyInstance,
  { subscriptions: settings, subgraphKeys }: GatewayConfig,
  { clients, feed, ...parts }: SubscriptionParts,
  runtime: Runtime,
): Promise<Live | null> {
  if (settings === null) return null
  const { pollMs, pollsPerSecondMax, heartbeatMs, slowMs } = settings
  const subscriptions = new Subscriptions({
    limits: settings,
    pollMs: () => (feed?.isLive === true ? pollMs * rarerWithFeed : pollMs),
    pollsPerSecondMax: () => (feed?.isLive === true ? pollsPerSecondMax / rarerWithFeed : pollsPerSecondMax),
    heartbeatMs,
    subgraphKeys,
    revocations: parts.authority?.revocations ?? null,
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
  const live = { subscriptions, generations: parts.generations, slowMs }
  return { ...live, sockets: new Sockets(app, { ...live, ...parts, ...clients, settings }) }
}
