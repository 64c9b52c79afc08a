import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createConnection, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, inject, onTestFinished, test } from 'vitest'
import { openRedis as openServer } from '../../scripts/local/redis.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'
import { createLogger } from '../log/logger.ts'
import { openRedis } from './open-redis.ts'
import { RedisAwayError } from './redis.errors.ts'

const home = mkdtempSync(join(tmpdir(), 'forgeops-redis-'))
chmodSync(home, 0o711)
afterAll(() => rmSync(home, { recursive: true, force: true }))

async function connect(url: string, deadlineMs?: number) {
  const lines: string[] = []
  const parts = { service: 'test', version: '1', environment: 'test', level: 'trace' }
  const log = createLogger(parts, { write: (line) => void lines.push(line) })
  const redis = await openRedis({ url, log, name: 'test', ...(deadlineMs === undefined ? {} : { deadlineMs }) })
  onTestFinished(() => redis.close())
  const said = () => lines.map((line) => (JSON.parse(line) as { msg: string }).msg)
  return { redis, said, lines }
}

test('commands of one turn reach Redis together and are answered in order', async () => {
  const { redis } = await connect(inject('redisUrl'))
  const key = `test:${crypto.randomUUID()}`
  const answers = await Promise.all([
    redis.run((client) => client.set(key, 'one', { expiration: { type: 'PX', value: 5_000 } })),
    redis.run((client) => client.get(key)),
    redis.run((client) => client.incr(key)).catch((error: Error) => error.message),
  ])
  expect(answers).toEqual(['OK', 'one', expect.stringContaining('not an integer')])
})

test('while Redis is away commands fail at once; when it is back they work; each change is one line of the log', async () => {
  const first = await openServer({ home, log: () => undefined })
  let server: { close(): Promise<void> } = first
  onTestFinished(() => server.close())
  const { redis, said, lines } = await connect(first.url)
  expect(await redis.run((client) => client.ping())).toBe('PONG')

  await first.close()
  await waitFor('the loss', () => !redis.isReady)
  const began = performance.now()
  for (let n = 0; n < 1_000; n += 1) await expect(redis.run((client) => client.ping())).rejects.toThrow(RedisAwayError)
  expect((performance.now() - began) / 1_000).toBeLessThan(5)

  server = await openServer({ home, log: () => undefined, port: Number(new URL(first.url).port) })
  await waitFor('the connection', () => redis.isReady)
  expect(await redis.run((client) => client.ping())).toBe('PONG')
  expect(said()).toEqual(['Redis is away', 'Redis is back'])
  expect(lines.join('')).not.toContain(new URL(first.url).password)
})

test('a Redis that does not answer costs one deadline, then nothing, until it speaks again', async () => {
  const server = await openServer({ home, log: () => undefined })
  onTestFinished(() => server.close())
  const { redis, said } = await connect(server.url, 100)
  process.kill(server.pid, 'SIGSTOP')
  try {
    await expect(redis.run((client) => client.ping())).rejects.toThrow('did not answer within 100 ms')
    const began = performance.now()
    await expect(redis.run((client) => client.ping())).rejects.toThrow('away')
    expect(performance.now() - began).toBeLessThan(50)
  } finally {
    process.kill(server.pid, 'SIGCONT')
  }
  await waitFor('an answer', () => redis.isReady)
  expect(await redis.run((client) => client.ping())).toBe('PONG')
  expect(said()).toEqual(['Redis is away', 'Redis is back'])
})

test('a connection whose other end stays silent is given up for a new one', async () => {
  const proxy = await proxyTo(new URL(inject('redisUrl')))
  const { redis } = await connect(proxy.url, 50)
  proxy.swallow()
  await expect(redis.run((client) => client.ping())).rejects.toThrow('did not answer')
  await waitFor('a new connection', () => redis.isReady)
  expect(await redis.run((client) => client.ping())).toBe('PONG')
  expect(proxy.connections()).toBe(2)
})

test('a process opens its connection although Redis is not there, and says so once without the password', async () => {
  const url = new URL(`redis://127.0.0.1:${await unusedPort()}`)
  url.password = 'canary-password'
  const { redis, said, lines } = await connect(url.href)
  expect(redis.isReady).toBe(false)
  await expect(redis.run((client) => client.ping())).rejects.toThrow(RedisAwayError)
  expect(said()).toEqual(['Redis is away'])
  expect(lines.join('')).not.toContain('canary')
})

test('a wrong password is told in the log, without it', async () => {
  const url = new URL(inject('redisUrl'))
  url.password = 'canary-password'
  const { redis, lines } = await connect(url.href)
  expect(redis.isReady).toBe(false)
  expect(lines.join('')).toContain('WRONGPASS')
  expect(lines.join('')).not.toContain('canary')
})

test('closing waits for the answers under way, and what is asked afterwards fails', async () => {
  const { redis } = await connect(inject('redisUrl'))
  const last = redis.run((client) => client.ping())
  await redis.close()
  expect(await last).toBe('PONG')
  await expect(redis.run((client) => client.ping())).rejects.toThrow(RedisAwayError)
})

/** A way to Redis on which, from `swallow` on, the connections that there are lead nowhere. */
async function proxyTo(target: URL) {
  const sockets: Socket[] = []
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    const onward = createConnection(Number(target.port), target.hostname)
    sockets.push(onward.pipe(socket), socket.pipe(onward))
    for (const end of [socket, onward]) end.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const url = new URL(target)
  url.port = String((server.address() as { port: number }).port)
  const swallow = () => {
    for (const socket of sockets) socket.unpipe().resume()
  }
  return { url: url.href, swallow, connections: () => connections }
}

async function unusedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
