import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { openRedis as openServer, type Redis as Server } from '../../scripts/local/redis.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'
import { newId } from '../id.ts'
import { createLogger } from '../log/logger.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { changesStream } from './change.ts'
import { openChangeFeed } from './change-feed.ts'
import { ChangeWriter } from './change-writer.ts'
import { openRedis } from './open-redis.ts'

const log = createLogger({ service: 'test', version: '0', environment: 'test', level: 'silent' })
const home = mkdtempSync(join(tmpdir(), 'forgeops-changes-'))
chmodSync(home, 0o711)
let server: Server
beforeAll(async () => {
  server = await openServer({ home, log: () => undefined })
})
afterAll(async () => {
  await server.close()
  rmSync(home, { recursive: true, force: true })
})
const restart = async () => {
  await server.close()
  server = await openServer({ home, log: () => undefined, port: Number(new URL(server.url).port) })
}

async function openWriter(url = server.url) {
  const redis = await openRedis({ url, log, name: 'test' })
  const writer = new ChangeWriter(redis, log, createMetrics('test'))
  onTestFinished(async () => {
    await writer.close()
    await redis.close()
  })
  return { writer, redis }
}

async function openReader() {
  const feed = await openChangeFeed(server.url, log)
  onTestFinished(() => feed.close())
  const seen: string[] = []
  feed.listen({
    changed: ({ organizationId, subjects }) => seen.push(...subjects.map((subject) => `${organizationId}/${subject}`)),
    missed: () => seen.push('anything'),
  })
  await waitFor('the feed', () => feed.isLive)
  return { feed, seen }
}

/** A way to a port that can be cut and mended, while others go to that port straight. */
async function openWay(target: number) {
  const open = new Set<Socket>()
  const way = { port: 0, tries: 0, isCut: false, cut: () => {}, mend: () => {} }
  const door = createServer((near) => {
    way.tries += 1
    if (way.isCut) return void near.destroy()
    const far = connect(target, '127.0.0.1')
    for (const socket of [near, far]) open.add(socket.on('error', () => undefined))
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void door.close())
  way.port = (door.address() as { port: number }).port
  way.cut = () => {
    way.isCut = true
    way.tries = 0
    for (const socket of open) socket.destroy()
  }
  way.mend = () => {
    way.isCut = false
  }
  return way
}

let organizationId: string
beforeEach(() => {
  organizationId = newId()
})

test('what is told reaches every reader, in order, and nothing of what was told before it began', async () => {
  const { writer } = await openWriter()
  writer.tell({ organizationId, subjects: ['run:before'] })
  await waitFor('the entry', async () => {
    const { redis } = await openWriter()
    return (await redis.run((client) => client.xLen(changesStream))) > 0
  })
  const readers = [await openReader(), await openReader()]
  for (let n = 0; n < 200; n += 1) {
    writer.tell({ organizationId, subjects: [`run:${n}`] })
    if (n % 7 === 0) await new Promise(setImmediate)
  }
  const expected = Array.from({ length: 200 }, (_, n) => `${organizationId}/run:${n}`)
  for (const { seen } of readers) {
    await waitFor('all of them', () => seen.length >= 200)
    expect(seen.filter((each) => each !== 'anything')).toEqual(expected)
  }
})

test('what is told in one turn is one entry of each organization, and a subject told twice stands once', async () => {
  const { writer, redis } = await openWriter()
  const { seen } = await openReader()
  const before = await redis.run((client) => client.xLen(changesStream))
  const other = newId()
  for (const subject of ['a', 'b', 'a']) writer.tell({ organizationId, subjects: [subject] })
  writer.tell({ organizationId: other, subjects: ['a'] })
  await waitFor('the other’s', () => seen.includes(`${other}/a`))
  expect(seen.filter((each) => each !== 'anything')).toEqual([
    `${organizationId}/a`,
    `${organizationId}/b`,
    `${other}/a`,
  ])
  expect((await redis.run((client) => client.xLen(changesStream))) - before).toBe(2)
})

test('the stream keeps about ten thousand entries', async () => {
  const { writer, redis } = await openWriter()
  for (let n = 0; n < 12_000; n += 1) {
    writer.tell({ organizationId: newId(), subjects: [`x:${n}`] })
    if (n % 500 === 0) await waitFor('the writer', async () => (await redis.run((client) => client.ping())) === 'PONG')
  }
  await writer.close()
  const length = await redis.run((client) => client.xLen(changesStream))
  expect(length).toBeGreaterThanOrEqual(10_000)
  expect(length).toBeLessThan(11_000)
})

test('while Redis is away telling takes no time and fails for nobody; when it is back, readers hear that anything may have changed, and then what changes', async () => {
  const { writer } = await openWriter()
  const { feed, seen } = await openReader()
  await server.close()
  await waitFor('the gap', () => !feed.isLive)
  const began = performance.now()
  for (let n = 0; n < 5_000; n += 1) writer.tell({ organizationId, subjects: [`lost:${n}`] })
  expect(performance.now() - began).toBeLessThan(500)
  const missed = seen.filter((each) => each === 'anything').length

  server = await openServer({ home, log: () => undefined, port: Number(new URL(server.url).port) })
  await waitFor('the feed', () => feed.isLive)
  expect(seen.filter((each) => each === 'anything').length).toBeGreaterThan(missed)
  await waitFor('a change', () => {
    writer.tell({ organizationId, subjects: ['run:after'] })
    return seen.includes(`${organizationId}/run:after`)
  })
})

test('a writer that lost Redis alone tells that anything may have changed, before what changes next', async () => {
  const way = await openWay(Number(new URL(server.url).port))
  const url = new URL(server.url)
  url.port = `${way.port}`
  const { writer } = await openWriter(url.href)
  const { seen } = await openReader()
  seen.length = 0
  way.cut()
  writer.tell({ organizationId, subjects: ['run:lost'] })
  await waitFor('the loss', () => way.tries > 1)
  writer.tell({ organizationId, subjects: ['run:lost too'] })
  way.mend()
  await waitFor('the word', () => seen.includes('anything'))
  writer.tell({ organizationId, subjects: ['run:after'] })
  await waitFor('the change', () => seen.includes(`${organizationId}/run:after`))
  expect(seen).toEqual(['anything', `${organizationId}/run:after`])
})

test('a stream that is gone, or begun anew, is followed again', async () => {
  const { writer, redis } = await openWriter()
  const { seen } = await openReader()
  await redis.run((client) => client.del(changesStream))
  writer.tell({ organizationId, subjects: ['run:1'] })
  await waitFor('the change', () => seen.includes(`${organizationId}/run:1`))
  await restart()
  await waitFor('a change', () => {
    writer.tell({ organizationId, subjects: ['run:2'] })
    return seen.includes(`${organizationId}/run:2`)
  })
})

test('a reader that was overtaken by the stream’s trimming hears that anything may have changed', async () => {
  const { redis } = await openWriter()
  const { feed, seen } = await openReader()
  seen.length = 0
  const entry = { organization: organizationId, subjects: '["run:x"]' }
  // In one transaction, so that the reader comes to see the end of it only.
  await redis.run(async (client) => {
    const batch = client.multi()
    for (let n = 0; n < 1_500; n += 1) batch.xAdd(changesStream, '*', entry)
    batch.xTrim(changesStream, 'MAXLEN', 1_200, { strategyModifier: '=' })
    return batch.exec()
  })
  await waitFor('the word', () => seen.includes('anything'))
  await waitFor('the feed', () => feed.isLive)
})

test('an entry that cannot be read counts as anything', async () => {
  const { redis } = await openWriter()
  const { seen } = await openReader()
  seen.length = 0
  for (const subjects of ['not json', '{"a":1}', '[1]']) {
    await redis.run((client) => client.xAdd(changesStream, '*', { organization: organizationId, subjects }))
  }
  await waitFor('the word', () => seen.length >= 3)
  expect(seen).toEqual(['anything', 'anything', 'anything'])
})
