import type { FastifyInstance } from 'fastify'
import { createApp } from '#platform/http/create-app'
import { registerMetrics } from '#platform/http/metrics-route'
import { registerProbes } from '#platform/http/probes'
import type { ServiceManifest } from '#platform/http/serve'
import { authenticateWith } from './authorization/authenticate.ts'
import { registerJwks } from './authorization/jwks-route.ts'
import { openAuthority } from './authorization/open-authority.ts'
import { openPruning } from './authorization/pruning/open-pruning.ts'
import { type GatewayConfig, refuseVendorTelemetry } from './config.ts'
import { registerGraphql } from './execution/graphql-route.ts'
import { startGraphqlServer } from './execution/graphql-server.ts'
import { openSubgraphs } from './execution/open-subgraphs.ts'
import { planOver } from './execution/planned-gateway.ts'
import { registerPlayground } from './playground/playground.ts'
import { redirectBrowserToPlayground } from './playground/redirect-browser.ts'
import { registerStatus } from './probes/status-route.ts'
import { openRefusals } from './refusals/open-refusals.ts'
import { readSupergraph } from './supergraph/read-supergraph.ts'

const bodyBytesMax = 1_000_000

/** The edge: one GraphQL endpoint over a supergraph read from disk. Lives whether or not its subgraphs do. */
export const gateway: ServiceManifest<GatewayConfig> = {
  name: 'gateway',
  async open(config, runtime) {
    const { log, metrics } = runtime
    refuseVendorTelemetry()
    const supergraph = await readSupergraph(config.supergraphPath, config.subgraphUrls)
    const subgraphs = openSubgraphs(supergraph, config, runtime)
    const authority = await openAuthority(config, runtime)
    const refusals = openRefusals(supergraph, config, runtime)
    const pruning = openPruning(supergraph.rules, authority !== null, refusals, runtime)
    const planned = planOver(supergraph, subgraphs.fetches, pruning, log)
    const server = await startGraphqlServer(planned, authority, {
      refusals,
      onePerOperation: supergraph.authentications,
      log,
    })
    runtime.onClose('graphql', () => server.stop())

    const ops = createApp({ log, metrics, bodyBytesMax })
    registerMetrics(ops, metrics)
    await runtime.listen(ops, config.host, config.opsPort)

    const { basePath, trustedProxies } = config
    const app = createApp({ log, metrics, bodyBytesMax, trustedProxies })
    app.decorateRequest('caller', null)
    app.decorateRequest('credential', null)
    const authenticate = authenticateWith(authority, refusals, log)
    for (const prefix of new Set(['', basePath])) registerProbes(app, runtime.health, prefix)
    registerStatus(app, basePath, {
      authenticate,
      service: { name: 'gateway', version: runtime.version, environment: config.environment },
      supergraphId: supergraph.id,
      subgraphs: subgraphs.clients,
      states: subgraphs.states,
      refusals,
    })
    if (authority !== null) registerJwks(app, basePath, authority.keys)
    const path = `${basePath}/graphql`
    const redirects = config.playground ? [openPlayground(app, basePath, path, authority !== null)] : []
    registerGraphql(app, { path, server, onRequest: [...redirects, authenticate], log })
    await runtime.listen(app, config.host, config.port)
    log.info({ supergraphId: supergraph.id, subgraphs: supergraph.subgraphs.map(({ name }) => name) }, 'serving')
  },
}

function openPlayground(app: FastifyInstance, basePath: string, graphqlPath: string, signIn: boolean) {
  registerPlayground(app, { basePath, graphqlPath, signIn })
  return redirectBrowserToPlayground({ basePath, graphqlPath })
}
