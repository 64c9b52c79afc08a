import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { anonymousCaller } from '#platform/caller/caller'
import { Runtime } from '#platform/http/runtime'
import { gatewayConfig } from '../../gateway/config.ts'
import { Subgraphs } from '../../gateway/execution/open-subgraphs.ts'
import type { EdgeContext } from '../../gateway/execution/request-context.ts'
import type { SubgraphFetch } from '../../gateway/execution/subgraph-fetch.ts'
import { defaultProfile } from '../../gateway/operations/clients/client-profile.ts'

/** What a subgraph does with a request: `body` is what was sent. */
export type Behaviour = (reply: ServerResponse, body: string, request: IncomingMessage) => void

/**
 * A server that behaves as it is told, asked through the gateway's own `Subgraphs`.
 *
 * @param variables of the gateway's configuration; without SUBGRAPH_KEYS requests are unsigned
 */
export async function openSubgraphServer(behaviour: Behaviour, variables: Record<string, string> = {}) {
  const server = createServer(async (request, reply) => behaviour(reply, await text(request), request))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
  const config = gatewayConfig({ AUTH: 'off', LOG_LEVEL: 'silent', ...variables })
  const runtime = new Runtime('gateway', config)
  const subgraphs = new Subgraphs(config, null, runtime)
  const costs = { weights: new Map(), listSizes: new Map() }
  const supergraph = {
    id: '',
    sdl: '',
    rules: new Map(),
    authentications: new Set<string>(),
    fieldSetNames: new Set<string>(),
    costs,
  }
  const { fetches } = subgraphs.of({ ...supergraph, subgraphs: [{ name: 'x', url }] })
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await runtime.close()
  }
  onTestFinished(close)
  const ask = (fetch: Partial<SubgraphFetch> = {}, context: Partial<EdgeContext> = {}) => {
    const question = { kind: 'query', query: '{ a }', operationName: undefined, variables: {}, ...fetch } as const
    const whole = { ...question, context: { ...quietContext(runtime), ...context } }
    const asked = fetches.get('x')?.(whole)
    if (asked === undefined) throw new Error('x is not asked.')
    return asked
  }
  const metric = async (name: string) =>
    (await runtime.metrics.registry.getSingleMetric(name)?.get())?.values.map(({ value }) => value) ?? []
  return { url, ask, metric, subgraphs, close }
}

const quietContext = ({ log }: Runtime): EdgeContext => ({
  caller: anonymousCaller(null),
  client: defaultProfile,
  requestId: 'r',
  traceparent: 't',
  idempotencyKey: undefined,
  authorization: undefined,
  clientGone: new AbortController().signal,
  log,
  logFields: {},
})

export const answerData = (reply: ServerResponse, data: unknown = { a: 1 }, headers: Record<string, string> = {}) =>
  void reply.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify({ data }))
