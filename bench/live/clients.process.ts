import { type ClientRequest, request } from 'node:http'
import { MessageType } from 'graphql-ws'
import { Pool } from 'undici'
import { WebSocket } from 'ws'

/** Clients of a gateway, in a process of their own: subscribers that wait, or people who ask. Told what to do by messages. */
export type Order =
  | { readonly do: 'subscribe'; readonly by: 'sse' | 'websocket'; readonly url: string; readonly tokens: string[] }
  | { readonly do: 'leave' }
  | { readonly do: 'query'; readonly url: string; readonly token: string; readonly ms: number }

export interface Took {
  readonly answers: number
  readonly p50Ms: number
  readonly p95Ms: number
}

const subscription = 'subscription { notes { seq text author { name } } }'
const query = '{ authors { id name } }'
const connectingAtOnce = 50
const askingAtOnce = 4

const open: { leave: () => void }[] = []

async function subscribe({ by, url, tokens }: Extract<Order, { do: 'subscribe' }>): Promise<void> {
  const left = [...tokens]
  const connect = by === 'sse' ? followByEvents : followBySocket
  const worker = async () => {
    for (let token = left.pop(); token !== undefined; token = left.pop()) open.push(await connect(url, token))
  }
  await Promise.all(Array.from({ length: connectingAtOnce }, worker))
}

const followByEvents = (url: string, token: string) =>
  new Promise<{ leave: () => void }>((resolve, reject) => {
    const headers = {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
    }
    const asked: ClientRequest = request(url, { method: 'POST', headers, agent: false }, (response) => {
      // Its place is told when the subgraph has answered: from then on it waits.
      response.on('data', (chunk) => {
        if (String(chunk).includes('id: ')) resolve({ leave: () => asked.destroy() })
      })
      if (response.statusCode !== 200) reject(new Error(`Answered ${response.statusCode}.`))
    })
    asked.on('error', reject).end(JSON.stringify({ query: subscription }))
  })

const followBySocket = (url: string, token: string) =>
  new Promise<{ leave: () => void }>((resolve, reject) => {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws', { perMessageDeflate: false })
    socket.on('open', () => {
      const payload = { authorization: `Bearer ${token}` }
      socket.send(JSON.stringify({ type: MessageType.ConnectionInit, payload }))
    })
    socket.once('message', () => {
      socket.send(JSON.stringify({ type: MessageType.Subscribe, id: '1', payload: { query: subscription } }))
      resolve({ leave: () => socket.terminate() })
    })
    socket.on('error', reject)
  })

async function measure({ url, token, ms }: Extract<Order, { do: 'query' }>): Promise<Took> {
  const { origin, pathname } = new URL(url)
  const pool = new Pool(origin, { connections: askingAtOnce })
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
  const took: number[] = []
  const end = performance.now() + ms
  const person = async () => {
    while (performance.now() < end) {
      const began = performance.now()
      const { body } = await pool.request({ method: 'POST', path: pathname, headers, body: JSON.stringify({ query }) })
      const text = await body.text()
      if (!text.includes('"Ada"')) throw new Error(`Answered ${text}.`)
      took.push(performance.now() - began)
    }
  }
  await Promise.all(Array.from({ length: askingAtOnce }, person))
  await pool.close()
  took.sort((a, b) => a - b)
  const at = (part: number) => took[Math.floor(took.length * part)] ?? 0
  return { answers: took.length, p50Ms: at(0.5), p95Ms: at(0.95) }
}

process.on('message', async (order: Order) => {
  if (order.do === 'query') {
    process.send?.(await measure(order))
    return
  }
  if (order.do === 'subscribe') await subscribe(order)
  else for (const { leave } of open.splice(0)) leave()
  process.send?.({ open: open.length })
})
