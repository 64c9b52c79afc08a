import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { type GraphQLSchema, graphql, parse } from 'graphql'
import type { Caller } from '#platform/caller/caller'
import { RequestVerifier } from '#platform/caller/message-signature'

export interface ToySubgraphParts {
  readonly name: string
  readonly typeDefs: string
  readonly resolvers: Record<string, Record<string, unknown>>
}

export interface ToyRequest {
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly query: string
  readonly variables: Record<string, unknown>
  /** Whom the signature names; undefined when requests are not signed. */
  readonly caller: Caller | undefined
}

/** Answers in place of the subgraph. */
export type ToyAnswer = (reply: ServerResponse, request: ToyRequest) => void | Promise<void>

export interface ToySubgraph {
  readonly name: string
  readonly url: string
  /** GraphQL requests in the order of their arrival. */
  readonly requests: ToyRequest[]
  /** Set to misbehave. */
  answer: ToyAnswer | undefined
  /** Closes connections and stops listening, as a crash does. */
  close(): Promise<void>
}

/** A Federation 2 subgraph on a free port. With `key` it answers signed requests only, each once. */
export async function openToySubgraph(parts: ToySubgraphParts, key?: Uint8Array): Promise<ToySubgraph> {
  const modules = [{ typeDefs: parse(parts.typeDefs), resolvers: parts.resolvers }]
  const schema = buildSubgraphSchema(modules as Parameters<typeof buildSubgraphSchema>[0])
  const verifier = key === undefined ? undefined : new RequestVerifier(parts.name, key)
  const server = createServer(async (request, reply) => {
    if (request.method === 'GET') return json(reply, request.url === '/health/ready' ? 200 : 404, { status: 'UP' })
    const body = await text(request)
    const path = request.url ?? ''
    const verified = verifier?.verify({ method: request.method ?? '', path, body }, request.headers)
    if (verified?.ok === false) return json(reply, 401, { errors: [{ message: verified.reason }] })
    const { query, variables = {} } = JSON.parse(body)
    const seen: ToyRequest = { headers: request.headers, body, query, variables, caller: verified?.caller }
    subgraph.requests.push(seen)
    await (subgraph.answer ?? answerTruly(schema))(reply, seen)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const subgraph: ToySubgraph = {
    name: parts.name,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    requests: [],
    answer: undefined,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
  return subgraph
}

export const answerTruly =
  (schema: GraphQLSchema): ToyAnswer =>
  async (reply, { query, variables }) =>
    json(reply, 200, await graphql({ schema, source: query, variableValues: variables }))

export function json(reply: ServerResponse, status: number, body: unknown): void {
  reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
