import type { FastifyInstance } from 'fastify'
import { createApp } from '#platform/http/create-app'
import { registerMetrics } from '#platform/http/metrics-route'
import { registerProbes } from '#platform/http/probes'
import type { Runtime } from '#platform/http/runtime'
import type { ServiceManifest } from '#platform/http/serve'
import { authenticateWith } from './authorization/authenticate.ts'
import { registerJwks } from './authorization/jwks-route.ts'
import { openAuthority } from './authorization/open-authority.ts'
import { viewAsRole } from './authorization/view-as/view-as-role.ts'
import { openCache } from './cache/open-cache.ts'
import type { GatewayConfig } from './config.ts'
import type { PrimaryLink } from './cores/primary-link.ts'
import { Subgraphs } from './execution/open-subgraphs.ts'
import { compressAnswers } from './http/compress-answers.ts'
import { registerGraphql } from './http/graphql-route.ts'
import { openSharedFeed, openSharedRedis } from './open-redis.ts'
import { openSupergraph } from './open-supergraph.ts'
import { answerRequests } from './operations/answer-request.ts'
import { answerCors } from './operations/clients/cors.ts'
import { identifyClient } from './operations/clients/identify-client.ts'
import { openClients } from './operations/clients/open-clients.ts'
import { registerExplain } from './operations/explain/explain-route.ts'
import { registerPlayground } from './playground/playground.ts'
import { redirectBrowserToPlayground } from './playground/redirect-browser.ts'
import { registerStatus } from './probes/status-route.ts'
import { openRefusals } from './refusals/open-refusals.ts'
import { openSubscriptions } from './subscriptions/open-subscriptions.ts'
import type { SupergraphSource } from './supergraph/supergraph-source.ts'
import { OperationTelemetry } from './telemetry/operation-telemetry.ts'
import { countRequest, limitRequests } from './traffic/rate-limits/limit-requests.ts'
import { openRate } from './traffic/rate-limits/open-rate.ts'
import { RequestLimits } from './traffic/rate-limits/request-limits.ts'

const bodyBytesMax = 1_000_000

/**
 * The edge: one GraphQL endpoint over a supergraph read from disk. Lives whether or not its subgraphs do.
 *
 * @param primary over this process, which then is one of several; null when it is the only one
 */
export const gatewayUnder = (primary: PrimaryLink | null): ServiceManifest<GatewayConfig> => ({
  name: 'gateway',
  async open(config, runtime) {
    const { log, metrics, tracer } = runtime
    primary?.attach(runtime)
    const redis = await openSharedRedis(config, runtime)
    const rate = openRate(redis, primary)
    const authority = await openAuthority(config, runtime, rate)
    const limits = new RequestLimits(config.rateLimits, rate, metrics)
    const clients = await openClients(config, redis, runtime)
    let source: SupergraphSource | undefined
    const urlOf = (name: string) =>
      config.subgraphUrls.get(name) ??
      source?.generations.current.supergraph.subgraphs.find((one) => one.name === name)?.url
    const refusals = openRefusals(urlOf, config, runtime)
    const feed = await openSharedFeed(config, runtime)
    const cache = config.cache === null ? null : openCache(config.cache, redis && feed && { redis, feed }, runtime)
    const subgraphs = new Subgraphs(config, cache, runtime)
    source = await openSupergraph(config, { authority, refusals, subgraphs, clients, limits, cache }, runtime)
    const { generations } = source
    runtime.onClose('supergraph', () => source.close())

    if (primary === null) await listenForOperators(config, runtime)

    const { basePath, trustedProxies } = config
    const app = createApp({ log, metrics, tracer, bodyBytesMax, trustedProxies, public: true })
    answerCors(app, clients.cors)
    compressAnswers(app)
    app.decorateRequest('caller', null)
    app.decorateRequest('client', null)
    app.decorateRequest('credential', null)
    app.decorateRequest('viewedAs', null)
    limitRequests(app, limits)
    const authenticate = authenticateWith(authority, refusals, log)
    const count = countRequest(limits)
    for (const prefix of new Set(['', basePath])) registerProbes(app, runtime.health, prefix)
    registerStatus(app, basePath, {
      onRequest: [authenticate, count],
      service: { name: 'gateway', version: runtime.version, environment: config.environment },
      supergraph: () => source.state,
      subgraphs,
      refusals,
      documents: () => generations.current.trusted,
    })
    if (authority !== null) registerJwks(app, basePath, authority.keys)
    const path = `${basePath}/graphql`
    const redirects = config.playground ? [openPlayground(app, basePath, path, authority !== null)] : []
    const answer = answerRequests(generations, new OperationTelemetry(metrics.registry))
    const shared = { authority, refusals, clients, limits, generations, messageBytesMax: bodyBytesMax, feed }
    const live = await openSubscriptions(app, config, shared, runtime)
    const identify = [authenticate, identifyClient(clients.profiles, refusals), count]
    registerGraphql(app, { path, answer, live, onRequest: [...redirects, ...identify, viewAsRole(refusals)], log })
    registerExplain(app, path, { onRequest: identify, generations, refusals, signIn: authority !== null, log })
    const url = await runtime.listen(app, config.host, config.port)
    primary?.ready(url)
    const { supergraph } = generations.current
    const served = { supergraphId: supergraph.id, subgraphs: supergraph.subgraphs.map(({ name }) => name) }
    log.info({ ...served, clients: clients.profiles.names }, 'serving')
  },
})

/** The gateway as the only process. */
export const gateway = gatewayUnder(null)

async function listenForOperators({ host, opsPort }: GatewayConfig, runtime: Runtime): Promise<void> {
  const { log, metrics, tracer } = runtime
  const ops = createApp({ log, metrics, tracer, bodyBytesMax })
  registerMetrics(ops, metrics)
  await runtime.listen(ops, host, opsPort)
}

function openPlayground(app: FastifyInstance, basePath: string, graphqlPath: string, signIn: boolean) {
  registerPlayground(app, { basePath, graphqlPath, signIn })
  return redirectBrowserToPlayground({ basePath, graphqlPath })
}
