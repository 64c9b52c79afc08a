import { openService } from '#platform/http/serve'
import { gatewayConfig } from '../../gateway/config.ts'
import { gateway } from '../../gateway/service.ts'
import type { ToySupergraph } from './toy-supergraph.ts'

export interface EdgeAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The parsed body; null when it is not JSON. */
  readonly body: GraphqlBody
}

export interface GraphqlBody {
  readonly data?: Record<string, unknown> | null
  readonly errors?: readonly {
    readonly message: string
    readonly path?: readonly (string | number)[]
    readonly extensions: { readonly code: string; readonly requestId?: string; readonly details?: unknown }
  }[]
}

export interface Edge {
  /** Origin of the public listener. */
  readonly origin: string
  readonly opsOrigin: string
  readonly graphqlUrl: string
  query(
    query: string,
    options?: { variables?: Record<string, unknown>; token?: string; headers?: Record<string, string> },
  ): Promise<EdgeAnswer>
  close(): Promise<void>
}

/**
 * The real gateway over a toy supergraph, in this process, configured by variables as a deployment does. Unless AUTH=off it
 * serves the one with access rules, if there is one.
 */
export async function openEdge(
  toy: Pick<ToySupergraph, 'path' | 'keys'> & Partial<Pick<ToySupergraph, 'guardedPath'>>,
  variables: Record<string, string> = {},
): Promise<Edge> {
  const config = gatewayConfig({
    LOG_LEVEL: 'silent',
    PORT: '0',
    OPS_PORT: '0',
    RATE_LIMIT_PER_ADDRESS: '100000',
    RATE_LIMIT_PER_USER: '100000',
    SUPERGRAPH_PATH: (variables.AUTH === 'off' ? undefined : toy.guardedPath) ?? toy.path,
    SUBGRAPH_KEYS: Object.entries(toy.keys)
      .map(([name, key]) => `${name}=${key}`)
      .join(','),
    ...variables,
  })
  const runtime = await openService(gateway, config)
  const [opsOrigin = '', origin = ''] = runtime.urls
  const graphqlUrl = `${origin}${config.basePath}/graphql`
  return {
    origin,
    opsOrigin,
    graphqlUrl,
    query: (query, { variables: values, token, headers = {} } = {}) =>
      ask(graphqlUrl, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/graphql-response+json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        body: JSON.stringify({ query, variables: values }),
      }),
    close: () => runtime.close(),
  }
}

export async function ask(url: string, init?: RequestInit): Promise<EdgeAnswer> {
  const response = await fetch(url, init)
  const text = await response.text()
  const body: unknown = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : null
  return { status: response.status, headers: response.headers, text, body: body as GraphqlBody }
}
