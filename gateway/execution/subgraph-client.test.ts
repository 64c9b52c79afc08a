import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as bodyOf } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { anonymousCaller } from '#platform/caller/caller'
import { createLogger } from '#platform/log/logger'
import { defaultProfile } from '../operations/clients/client-profile.ts'
import type { EdgeContext } from './request-context.ts'
import { SubgraphClient } from './subgraph-client.ts'
import type { SubgraphFetch } from './subgraph-fetch.ts'

const context: EdgeContext = {
  caller: anonymousCaller(null),
  client: defaultProfile,
  requestId: 'r',
  traceparent: 't',
  idempotencyKey: undefined,
  authorization: undefined,
  clientGone: new AbortController().signal,
  log: createLogger({ service: 'test', version: '0', environment: 'development', level: 'silent' }),
  logFields: {},
}
const query: SubgraphFetch = { kind: 'query', query: '{ a }', operationName: undefined, variables: {}, context }

describe('a subgraph', () => {
  const closers: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })
  const listen = async (listener: RequestListener): Promise<Server> => {
    const server = createServer(listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    closers.push(async () => {
      server.closeAllConnections()
      server.close()
    })
    return server
  }
  const clientOf = async (listener: RequestListener, limits = {}) => {
    const { port } = (await listen(listener)).address() as AddressInfo
    const all = { timeoutMs: 2_000, responseBytesMax: 1_000, connectionsMax: 2, ...limits }
    const client = new SubgraphClient({ name: 'x', url: `http://127.0.0.1:${port}/graphql` }, undefined, all)
    closers.push(() => client.close())
    return client
  }

  it('that does not begin to answer in time has timed out', async () => {
    const client = await clientOf(() => undefined, { timeoutMs: 50 })
    await expect(client.fetch(query)).rejects.toMatchObject({ kind: 'timeout' })
  })

  it('that does not finish its answer in time has timed out', async () => {
    const client = await clientOf((_request, reply) => void reply.write('{"data":'), { timeoutMs: 50 })
    await expect(client.fetch(query)).rejects.toMatchObject({ kind: 'timeout' })
  })

  it('for which all connections are taken in time has timed out', async () => {
    const client = await clientOf(() => undefined, { timeoutMs: 100, connectionsMax: 1 })
    const both = await Promise.allSettled([client.fetch(query), client.fetch(query)])
    expect(both.map((one) => one.status === 'rejected' && one.reason.kind)).toEqual(['timeout', 'timeout'])
  })

  it('that answers more than may be held is cut off', async () => {
    const client = await clientOf((_request, reply) => void reply.end(`{"data":{"a":"${'x'.repeat(2_000)}"}}`))
    await expect(client.fetch(query)).rejects.toMatchObject({ kind: 'bad_answer' })
  })

  it('that is not there is unreachable', async () => {
    const server = await listen(() => undefined)
    const { port } = server.address() as AddressInfo
    await new Promise((closed) => server.close(closed))
    const client = new SubgraphClient({ name: 'x', url: `http://127.0.0.1:${port}/graphql` }, undefined)
    closers.push(() => client.close())
    await expect(client.fetch(query)).rejects.toMatchObject({ kind: 'unreachable' })
    expect(await client.ready(500)).toBe(false)
  })

  it('is given up when the client has gone', async () => {
    const gone = new AbortController()
    const client = await clientOf(() => gone.abort())
    const fetch = { ...query, context: { ...context, clientGone: gone.signal } }
    await expect(client.fetch(fetch)).rejects.toMatchObject({ kind: 'client_gone' })
    await expect(client.fetch(fetch)).rejects.toMatchObject({ kind: 'client_gone' })
  })

  it('finishes a mutation though the client has gone', async () => {
    const gone = new AbortController()
    const client = await clientOf((_request, reply) => {
      gone.abort()
      reply.end('{"data":{"a":1}}')
    })
    const fetch = { ...query, kind: 'mutation' as const, context: { ...context, clientGone: gone.signal } }
    expect(await client.fetch(fetch)).toMatchObject({ data: { a: 1 } })
  })

  it('gives its answer back whole, in whatever pieces it came, with what it says of keeping it', async () => {
    const text = JSON.stringify({
      data: { a: 'größe €' },
      errors: [{ message: 'm', path: ['a', 0], extensions: { code: 'C' } }],
    })
    const client = await clientOf(async (request, reply) => {
      expect(JSON.parse(await bodyOf(request))).toEqual({ query: '{ a }', operationName: 'A', variables: { b: [1] } })
      reply.setHeader('cache-control', 'max-age=60, public')
      for (const byte of Buffer.from(text)) reply.write(Buffer.of(byte))
      reply.end()
    })
    expect(await client.fetch({ ...query, operationName: 'A', variables: { b: [1] } })).toEqual({
      ...JSON.parse(text),
      cacheControl: 'max-age=60, public',
    })
  })

  it('that answers for other entities than were asked for has not answered', async () => {
    const client = await clientOf((_request, reply) => void reply.end('{"data":{"_entities":[{"a":1}]}}'))
    const representations = [{ __typename: 'A' }, { __typename: 'A' }]
    await expect(client.fetch({ ...query, variables: { representations } })).rejects.toMatchObject({
      kind: 'bad_answer',
    })
  })

  it.each([
    ['7', 7_000],
    [new Date(Date.now() - 5_000).toUTCString(), 0],
    ['soon', null],
  ])('that is busy says for how long: %s', async (header, retryAfterMs) => {
    const client = await clientOf((_request, reply) => void reply.writeHead(503, { 'retry-after': header }).end())
    await expect(client.fetch(query)).rejects.toMatchObject({ kind: 'bad_answer', status: 503, retryAfterMs })
  })

  it('is ready when it says so in time', async () => {
    const ready = await clientOf((_request, reply) => void reply.end())
    const draining = await clientOf((_request, reply) => void reply.writeHead(503).end())
    const mute = await clientOf(() => undefined)
    expect([await ready.ready(500), await draining.ready(500), await mute.ready(50)]).toEqual([true, false, false])
  })
})
