import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { MessageType } from 'graphql-ws'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { type Edge, openEdge } from '../../tests/kit/edge.ts'
import { openToyLive, type ToyLive } from '../../tests/kit/toy-live.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'

const notes = 'subscription ($after: Int) { notes(afterSeq: $after) { seq text } }'
let toy: ToyLive
let edge: Edge
beforeAll(async () => {
  toy = await openToyLive()
  edge = await openEdge(toy, {
    AUTH: 'off',
    SUBSCRIPTION_POLL_MS: '20',
    SUBSCRIPTION_HEARTBEAT_MS: '120',
    SUBSCRIPTION_SLOW_MS: '300',
    SUBSCRIPTIONS_PER_CONNECTION: '3',
  })
})
afterAll(async () => {
  await edge.close()
  await toy.close()
})
beforeEach(() => {
  toy.asked.length = 0
  toy.people.requests.length = 0
  toy.pageMax = 100
})
/** How many clients were ended for not reading. */
const tooSlow = async () => {
  const metrics = await (await fetch(`${edge.opsOrigin}/metrics`)).text()
  return Number(/^gateway_connections_ended_total\{code="CLIENT_TOO_SLOW".*\} (\d+)$/m.exec(metrics)?.[1] ?? 0)
}

describe('an event stream', () => {
  /** Reads what comes as a browser would see it on the wire. */
  async function openStream(body: object, headers: Record<string, string> = {}) {
    const { hostname, port, pathname } = new URL(edge.graphqlUrl)
    const accept = { accept: 'text/event-stream', 'content-type': 'application/json' }
    const stream = { wire: '', response: undefined as unknown as IncomingMessage }
    stream.response = await new Promise((resolve) => {
      const options = { hostname, port, path: pathname, method: 'POST', headers: { ...accept, ...headers } }
      httpRequest(options, resolve).end(JSON.stringify(body))
    })
    stream.response.on('data', (chunk) => {
      stream.wire += String(chunk)
    })
    onTestFinished(() => void stream.response.destroy())
    return stream
  }

  it('is of its media type, kept by nobody, and held back by nobody', async () => {
    const { response } = await openStream({ query: notes })
    expect(response.statusCode).toBe(200)
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'x-request-id': expect.any(String),
    })
    expect(response.headers).not.toHaveProperty('content-encoding')
  })

  it('says where it stands before the first event, gives each event its id, and goes on after Last-Event-ID', async () => {
    const first = toy.write('first')
    const fresh = await openStream({ query: notes })
    await waitFor('the place', () => fresh.wire.includes(`\nid: ${first}\n\n`))
    toy.write('second')
    await waitFor('the event', () => fresh.wire.includes(`event: next\nid: ${first + 1}\ndata: {"data"`))
    const resumed = await openStream({ query: notes }, { 'last-event-id': String(first - 1) })
    await waitFor('both', () => resumed.wire.includes('"second"'))
    expect(resumed.wire.match(/^id: \d+$/gm)?.slice(0, 2)).toEqual([`id: ${first}`, `id: ${first + 1}`])
  })

  it('shows that it is alive while nothing happens', async () => {
    const stream = await openStream({ query: notes })
    await waitFor('three heartbeats', () => (stream.wire.match(/^:$/gm)?.length ?? 0) >= 3)
  })

  it('tells what is wrong with an operation within the stream', async () => {
    const faulty = await openStream({ query: '{ nope }' })
    expect(await text(faulty.response)).toMatch(
      /^:\n\nevent: next\ndata: \{"errors":\[.*"BAD_USER_INPUT".*\n\nevent: complete\ndata:\n\n$/,
    )
  })

  it('gives back all that it took when its client leaves before it has begun', async () => {
    const { port } = new URL(edge.graphqlUrl)
    for (let i = 0; i < 10; i += 1) {
      const left = new AbortController()
      const body = JSON.stringify({ query: `subscription Left${i} { notes { seq text } }` })
      const headers = { accept: 'text/event-stream', 'content-type': 'application/json' }
      const asking = fetch(`http://127.0.0.1:${port}${new URL(edge.graphqlUrl).pathname}`, {
        method: 'POST',
        headers,
        body,
        signal: left.signal,
      })
      setTimeout(() => left.abort(), 3 + i)
      await asking.then((response) => response.text()).catch(() => undefined)
    }
    const open = async () => {
      const metrics = await (await fetch(`${edge.opsOrigin}/metrics`)).text()
      return Number(/^gateway_subscriptions_active\{transport="sse".*\} (\d+)$/m.exec(metrics)?.[1] ?? 0)
    }
    await waitFor('the end of all', async () => (await open()) === 0)
  })

  it('answers GET, but changes nothing by it; a subscription without a stream is refused', async () => {
    const get = (query: string) =>
      fetch(`${edge.graphqlUrl}?${new URLSearchParams({ query })}`, { headers: { accept: 'text/event-stream' } })
    expect(await (await get('{ authors { id } }')).text()).toContain('event: next\ndata: {"data":{"authors"')
    const refused = await get('mutation { write(text: "x") { seq } }')
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST'])
    expect((await edge.query(notes)).body.errors).toMatchObject([
      { message: 'Subscribe with accept: text/event-stream, or over a WebSocket.' },
    ])
  })

  it('asks no further while it is not read, and is ended when it is not read for too long', async () => {
    const before = await tooSlow()
    const first = toy.write('x'.repeat(500_000))
    for (let i = 0; i < 100; i += 1) toy.write('y'.repeat(500_000))
    toy.pageMax = 2
    const stream = await openStream({ query: notes, variables: { after: first - 1 } })
    stream.response.pause()
    await waitFor('the end', () => tooSlow().then((count) => count > before))
    // What the sockets between hold is some megabytes, and never all of it.
    expect(toy.asked.length).toBeLessThan(40)
  })
})

describe('a WebSocket', () => {
  interface Message {
    readonly type: string
    readonly id?: string
    readonly payload?: unknown
  }
  async function connect(
    headers: Record<string, string> = {},
    protocol = 'graphql-transport-ws',
    autoPong = true,
    url = edge.graphqlUrl,
  ) {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), protocol, { headers, autoPong })
    const seen = {
      socket,
      messages: [] as Message[],
      closed: undefined as { code: number; reason: string } | undefined,
    }
    socket.on('message', (data) => seen.messages.push(JSON.parse(String(data))))
    socket.on('close', (code, reason) => {
      seen.closed = { code, reason: String(reason) }
    })
    onTestFinished(() => socket.terminate())
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    return seen
  }
  const send = (socket: WebSocket, message: Message) => socket.send(JSON.stringify(message))
  async function initialized(url = edge.graphqlUrl) {
    const seen = await connect({}, 'graphql-transport-ws', true, url)
    send(seen.socket, { type: MessageType.ConnectionInit })
    await waitFor('the acknowledgement', () => seen.messages.length === 1)
    return seen
  }

  it('is for pages of the gateway’s own origin and for what is no page; a stranger’s page is refused', async () => {
    const own = new URL(edge.graphqlUrl).origin
    await connect({ origin: own })
    await connect()
    await expect(connect({ origin: 'https://evil.example.com' })).rejects.toThrow('403')
  })

  it('speaks graphql-transport-ws only, and only where GraphQL is', async () => {
    const old = await connect({}, 'graphql-ws').catch((error: Error) => error)
    expect(old instanceof Error || (await waitFor('the end', () => old.closed)).code === 4406).toBe(true)
    const elsewhere = new WebSocket(`${edge.origin.replace(/^http/, 'ws')}/nowhere`, 'graphql-transport-ws')
    const error = await new Promise<Error>((resolve) => elsewhere.once('error', resolve))
    expect(error.message).toContain('404')
  })

  it('wants to know who asks before it is asked anything', async () => {
    const seen = await connect()
    send(seen.socket, { type: MessageType.Subscribe, id: '1', payload: { query: '{ authors { id } }' } })
    expect(await waitFor('the end', () => seen.closed)).toMatchObject({ code: 4401 })
  })

  it('tells what is wrong with an operation, and goes on', async () => {
    const seen = await initialized()
    send(seen.socket, { type: MessageType.Subscribe, id: '1', payload: { query: '{ nope }' } })
    send(seen.socket, { type: MessageType.Subscribe, id: '2', payload: { query: '{ authors { id } }' } })
    await waitFor('both', () => seen.messages.length === 4)
    const byType = new Map(seen.messages.map((message) => [message.type, message]))
    expect(byType.get('error')).toMatchObject({ id: '1', payload: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
    expect(byType.get('next')).toMatchObject({ id: '2', payload: { data: { authors: [{ id: 'a1' }, { id: 'a2' }] } } })
    expect(byType.get('complete')).toMatchObject({ id: '2' })
  })

  it('gives back the room of operations that it refused', async () => {
    const seen = await initialized()
    for (const id of ['1', '2', '3', '4', '5'])
      send(seen.socket, { type: MessageType.Subscribe, id, payload: { query: '{ nope }' } })
    await waitFor('the refusals', () => seen.messages.length === 6)
    send(seen.socket, { type: MessageType.Subscribe, id: '6', payload: { query: '{ authors { id } }' } })
    await waitFor('the answer', () => seen.messages.length === 8)
    expect(seen.messages.slice(1).map(({ type }) => type)).toEqual([...Array(5).fill('error'), 'next', 'complete'])
  })

  it('has room for so many operations at a time', async () => {
    const seen = await initialized()
    for (const id of ['1', '2', '3', '4'])
      send(seen.socket, { type: MessageType.Subscribe, id, payload: { query: notes } })
    await waitFor('a refusal', () => seen.messages.length === 2)
    expect(seen.messages[1]).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'RATE_LIMITED', details: { retryAfterSeconds: 1 } } }],
    })
  })

  it('is pinged, and ended when nobody answers', async () => {
    const seen = await connect({}, 'graphql-transport-ws', false)
    let pings = 0
    seen.socket.on('ping', () => {
      pings += 1
    })
    expect(await waitFor('the end', () => seen.closed)).toMatchObject({ code: 1006 })
    expect(pings).toBeGreaterThan(0)
  })

  it('asks no further while it is not read, and is ended when it is not read for too long', async () => {
    const before = await tooSlow()
    const first = toy.write('x'.repeat(500_000))
    for (let i = 0; i < 100; i += 1) toy.write('y'.repeat(500_000))
    toy.pageMax = 2
    const seen = await initialized()
    send(seen.socket, {
      type: MessageType.Subscribe,
      id: '1',
      payload: { query: notes, variables: { after: first - 1 } },
    })
    const { _socket: raw } = seen.socket as unknown as { _socket: Socket }
    raw.pause()
    await waitFor('the end', () => tooSlow().then((count) => count > before))
    expect(toy.asked.length).toBeLessThan(40)
  })

  it('that is ended answers what is under way, and tells no subscription over it that it is complete', async () => {
    const other = await openEdge(toy, { AUTH: 'off' })
    const seen = await initialized(other.graphqlUrl)
    const held = Promise.withResolvers<void>()
    toy.people.answer = async (reply) => {
      await held.promise
      reply.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"authors":[]}}')
    }
    onTestFinished(() => {
      toy.people.answer = undefined
    })
    send(seen.socket, { type: MessageType.Subscribe, id: 'events', payload: { query: notes } })
    send(seen.socket, { type: MessageType.Subscribe, id: 'query', payload: { query: '{ authors { id } }' } })
    await waitFor('both questions', () => toy.asked.length >= 1 && toy.people.requests.length >= 1)
    const closing = other.close()
    await waitFor('the last word', () => seen.messages.length === 2)
    held.resolve()
    await closing
    expect(await waitFor('the end', () => seen.closed)).toMatchObject({ code: 1012 })
    const told = seen.messages.slice(1).map(({ type, id }) => `${type} ${id}`)
    expect(told).toEqual(['next events', 'next query', 'complete query'])
  })

  it('is ended when a message is longer than a request may be', async () => {
    const seen = await initialized()
    const query = `{ authors { id } } #${'x'.repeat(1_000_001)}`
    send(seen.socket, { type: MessageType.Subscribe, id: '1', payload: { query } })
    expect(await waitFor('the end', () => seen.closed)).toMatchObject({ code: 1009 })
  })
})
