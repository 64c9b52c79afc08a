import { randomBytes } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { openService } from '#platform/http/serve'
import { gatewayConfig } from '../gateway/config.ts'
import { gateway } from '../gateway/service.ts'
import { readSupergraph } from '../gateway/supergraph/read-supergraph.ts'

export const openapiFile = 'docs/reference/openapi.json'

/** An OpenAPI 3.1 document, as far as it is read here. */
export interface OpenapiDocument {
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, PathItem>>
}

type PathItem = Readonly<Record<string, unknown>> & { readonly servers?: readonly { readonly url: string }[] }

const methods = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'])

/** The routes that a document describes: `GET 4000 /api/health`, the number being the default port of its server. */
export function describedRoutes({ servers, paths }: OpenapiDocument): string[] {
  return Object.entries(paths)
    .flatMap(([path, item]) => {
      const { port } = new URL((item.servers ?? servers)[0]?.url ?? '')
      return Object.keys(item)
        .filter((key) => methods.has(key))
        .map((method) => `${method.toUpperCase()} ${port} ${path}`)
    })
    .sort()
}

/**
 * The routes that the gateway registers when it serves everything it can, in the form of `describedRoutes`: it is
 * opened on free ports, without any subgraph, and closed again.
 *
 * @param supergraphPath the gateway's own default when left out
 */
export async function registeredRoutes(supergraphPath?: string): Promise<string[]> {
  const apps: { readonly app: FastifyInstance; readonly routes: string[] }[] = []
  const onApp = (message: unknown) => {
    const { fastify: app } = message as { fastify: FastifyInstance }
    const routes: string[] = []
    apps.push({ app, routes })
    app.addHook('onRoute', ({ method, url, config }) => {
      if (config?.isMethodRefused === true) return
      for (const each of [method].flat()) routes.push(`${each} PORT ${url.replace(/:(\w+)/g, '{$1}')}`)
    })
  }
  const { variables, defaults } = await everythingOn(supergraphPath)
  subscribe('fastify.initialization', onApp)
  const runtime = await openService(gateway, gatewayConfig(variables)).finally(() =>
    unsubscribe('fastify.initialization', onApp),
  )
  try {
    return apps
      .flatMap(({ app, routes }) => {
        const isOps = app.listeningOrigin === runtime.urls[0]
        return routes.map((route) => route.replace('PORT', String(isOps ? defaults.opsPort : defaults.port)))
      })
      .sort()
  } finally {
    await runtime.close()
  }
}

/** Variables of a gateway with every optional part, on ports of the system's choice; and the ports it has by default. */
async function everythingOn(supergraphPath: string | undefined) {
  const needed = { JWKS_URL: 'http://127.0.0.1:9/jwks.json', PLAYGROUND: 'on', LOG_LEVEL: 'silent' }
  const defaults = gatewayConfig({ ...needed, SUPERGRAPH_PATH: supergraphPath })
  const { subgraphs } = await readSupergraph(defaults.supergraphPath, new Map())
  const keys = subgraphs.map(({ name }) => `${name}=${randomBytes(32).toString('base64')}`)
  const free = { PORT: '0', OPS_PORT: '0', SUPERGRAPH_PATH: defaults.supergraphPath, SUBGRAPH_KEYS: keys.join(',') }
  return { variables: { ...needed, ...free }, defaults }
}

/** What one side has and the other lacks, in sentences. */
export function differences(registered: readonly string[], described: readonly string[]): string[] {
  return [
    ...registered
      .filter((route) => !described.includes(route))
      .map((route) => `${openapiFile} does not describe ${route}`),
    ...described.filter((route) => !registered.includes(route)).map((route) => `The gateway does not serve ${route}`),
  ]
}

/** Fails when the committed document and the gateway's routes are not the same. */
if (import.meta.main) {
  const described = describedRoutes(JSON.parse(readFileSync(openapiFile, 'utf8')))
  const found = differences(await registeredRoutes(), described)
  for (const difference of found) console.error(`${difference}.`)
  if (found.length === 0) console.log(`${openapiFile} describes the gateway's ${described.length} routes.`)
  process.exitCode = found.length === 0 ? 0 : 1
}
