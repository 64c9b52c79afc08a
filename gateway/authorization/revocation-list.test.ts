import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLogger } from '#platform/log/logger'
import { createMetrics } from '#platform/telemetry/metrics'
import { openRevocationIssuer, type RevocationIssuer } from '../../tests/kit/revocation-issuer.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'
import { RevocationList, type RevocationListOptions } from './revocation-list.ts'

const log = createLogger({ service: 'test', version: '0', environment: 'test', level: 'silent' })
let issuer: RevocationIssuer
const opened: RevocationList[] = []
beforeEach(async () => {
  issuer = await openRevocationIssuer('http://127.0.0.1:1')
})
afterEach(async () => {
  for (const list of opened.splice(0)) list.close()
  await issuer.close()
})

async function follow(options: Partial<RevocationListOptions> = {}) {
  const url = new URL('/revocations', issuer.origin)
  const key = Buffer.from(issuer.key, 'base64')
  const list = new RevocationList({ url, key, pollMs: 10, ...options }, { log, metrics: createMetrics('test') })
  opened.push(list)
  await list.start()
  return list
}
const nextRead = async () => {
  const reads = issuer.reads
  await waitFor('two readings', () => issuer.reads > reads + 1)
}

test('what was issued before a line about its subject is revoked, what was issued after is not', async () => {
  const list = await follow()
  const line = issuer.revoke('session:1')
  await waitFor('the line', () => list.isRevoked(['user:1', 'session:1'], line - 1))
  expect(list.isRevoked(['session:1'], line)).toBe(false)
  expect(list.isRevoked(['session:2', 'user:1'], 0)).toBe(false)
})

test('two nodes follow the same list, and one that starts later knows what stands on it', async () => {
  const lists = [await follow(), await follow()]
  issuer.revoke('user:1')
  await waitFor('both', () => lists.every((list) => list.isRevoked(['user:1'], 0)))
  expect((await follow()).isRevoked(['user:1'], 0)).toBe(true)
})

test('a list longer than one answer is read to its end before it counts as read', async () => {
  for (let i = 1; i <= 25_000; i++)
    issuer.lines.push({ sequence: i, subject: `session:${i}`, expiresAt: new Date(Date.now() + 960_000) })
  const list = await follow()
  expect(list.isStale).toBe(true)
  await waitFor('all of it', () => !list.isStale)
  expect(list.isRevoked(['session:1'], 0) && list.isRevoked(['session:25000'], 24_999)).toBe(true)
})

test('a line whose tokens have all ended is forgotten', async () => {
  issuer.lines.push({ sequence: 1, subject: 'session:1', expiresAt: new Date(Date.now() - 1) })
  const list = await follow()
  expect(list.isRevoked(['session:1'], 0)).toBe(false)
})

test('a list that was not read for its time is stale, keeps what it knows, and is fresh again when read', async () => {
  const list = await follow({ staleMs: 200 })
  issuer.revoke('session:1')
  await waitFor('the line', () => list.isRevoked(['session:1'], 0))
  expect(list.isStale).toBe(false)
  issuer.up = false
  await waitFor('staleness', () => list.isStale)
  expect(list.isRevoked(['session:1'], 0)).toBe(true)
  issuer.up = true
  await waitFor('freshness', () => !list.isStale)
})

test('an issuer whose database was put back to an earlier state is followed from the beginning', async () => {
  for (let i = 0; i < 5; i++) issuer.revoke(`session:${i}`)
  const list = await follow()
  issuer.lines.splice(0)
  await nextRead()
  const line = issuer.revoke('session:new')
  expect(line).toBe(1)
  await waitFor('the line', () => list.isRevoked(['session:new'], 0))
})

test('an answer under another key is no answer', async () => {
  issuer.revoke('session:1')
  const list = await follow({ key: randomBytes(32) })
  expect([list.isRevoked(['session:1'], 0), list.isStale]).toEqual([false, true])
})

test('an earlier answer, however well signed, cannot be played back', async () => {
  const recorded: { body: string; signature: string }[] = []
  const proxy = createServer(async (request, reply) => {
    const [first] = recorded
    if (first !== undefined) return void reply.writeHead(200, { signature: first.signature }).end(first.body)
    const response = await fetch(`${issuer.origin}${request.url}`, {
      method: 'POST',
      headers: request.headers as Record<string, string>,
      body: await bodyOf(request),
    })
    recorded.push({ body: await response.text(), signature: response.headers.get('signature') ?? '' })
    reply.writeHead(200, { signature: recorded[0]?.signature }).end(recorded[0]?.body)
  })
  await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening))
  const url = new URL('/revocations', `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`)
  const list = await follow({ url, staleMs: 200 })
  expect(list.isStale).toBe(false)
  await waitFor('staleness, for all later answers are played back', () => list.isStale)
  await new Promise((closed) => {
    proxy.close(closed)
    proxy.closeAllConnections()
  })
})

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}
