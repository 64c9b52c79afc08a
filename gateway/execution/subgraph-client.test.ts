import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { anonymousCaller } from '#platform/caller/caller'
import { SubgraphClient } from './subgraph-client.ts'

const request = {
  body: '{"query":"{ a }"}',
  caller: anonymousCaller(null),
  requestId: 'r',
  traceparent: 't',
  authorization: undefined,
  signal: undefined,
}

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
    await expect(client.send(request)).rejects.toMatchObject({ kind: 'timeout' })
  })

  it('that does not finish its answer in time has timed out', async () => {
    const client = await clientOf((_request, reply) => void reply.write('{"data":'), { timeoutMs: 50 })
    await expect(client.send(request)).rejects.toMatchObject({ kind: 'timeout' })
  })

  it('for which all connections are taken in time has timed out', async () => {
    const client = await clientOf(() => undefined, { timeoutMs: 100, connectionsMax: 1 })
    const both = await Promise.allSettled([client.send(request), client.send(request)])
    expect(both.map((one) => one.status === 'rejected' && one.reason.kind)).toEqual(['timeout', 'timeout'])
  })

  it('that answers more than may be held is cut off', async () => {
    const client = await clientOf((_request, reply) => void reply.end(`{"data":{"a":"${'x'.repeat(2_000)}"}}`))
    await expect(client.send(request)).rejects.toMatchObject({ kind: 'bad_answer' })
  })

  it('that is not there is unreachable', async () => {
    const server = await listen(() => undefined)
    const { port } = server.address() as AddressInfo
    await new Promise((closed) => server.close(closed))
    const client = new SubgraphClient({ name: 'x', url: `http://127.0.0.1:${port}/graphql` }, undefined)
    closers.push(() => client.close())
    await expect(client.send(request)).rejects.toMatchObject({ kind: 'unreachable' })
    expect(await client.ready(500)).toBe(false)
  })

  it('is given up when the client has gone', async () => {
    const gone = new AbortController()
    const client = await clientOf(() => gone.abort())
    await expect(client.send({ ...request, signal: gone.signal })).rejects.toMatchObject({ kind: 'client_gone' })
  })

  it('is ready when it says so in time', async () => {
    const ready = await clientOf((_request, reply) => void reply.end())
    const draining = await clientOf((_request, reply) => void reply.writeHead(503).end())
    const mute = await clientOf(() => undefined)
    expect([await ready.ready(500), await draining.ready(500), await mute.ready(50)]).toEqual([true, false, false])
  })
})
