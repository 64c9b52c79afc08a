import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'redis'
import { expect, onTestFinished, test } from 'vitest'
import { createLogger } from '#platform/log/logger'
import { openRedis } from '#platform/redis/open-redis'
import { openRedis as openServer } from '../../../scripts/local/redis.ts'
import { openEdge } from '../../../tests/kit/edge.ts'
import { openTokenIssuer } from '../../../tests/kit/token-issuer.ts'
import { openToySupergraph } from '../../../tests/kit/toy-supergraph.ts'
import { waitFor } from '../../../tests/kit/wait-for.ts'
import { openRate } from './open-rate.ts'

/** Two gateways with one Redis of their own. */
async function openPair(variables: Record<string, string>) {
  const home = mkdtempSync(join(tmpdir(), 'forgeops-rates-'))
  chmodSync(home, 0o711)
  let server: { close(): Promise<void> } = await openServer({ home, log: () => undefined })
  const { url } = server as { url: string } & typeof server
  const toy = await openToySupergraph()
  const tokens = await openTokenIssuer('https://api.example.com/api')
  const settings = {
    PUBLIC_URL: 'https://api.example.com/api',
    JWKS_URL: tokens.jwksUrl,
    REDIS_URL: url,
    TRUSTED_PROXIES: '127.0.0.1',
    ...variables,
  }
  const edges = [await openEdge(toy, settings), await openEdge(toy, settings)] as const
  const stop = () => server.close()
  const restart = async () => {
    server = await openServer({ home, log: () => undefined, port: Number(new URL(url).port) })
  }
  onTestFinished(async () => {
    await Promise.all([...edges, toy, tokens].map((each) => each.close()))
    await server.close()
    rmSync(home, { recursive: true, force: true })
  })
  const from = (address: string, edge: number, token?: string) =>
    (edges[edge] ?? edges[0]).query('{ shelf }', {
      headers: { 'x-forwarded-for': address },
      ...(token === undefined ? {} : { token }),
    })
  return { url, from, stop, restart, tokens }
}

test('gateways with the same Redis count together, also what comes at once', async () => {
  const { from } = await openPair({ RATE_LIMIT_PER_ADDRESS: '40' })
  // Planned and connected: else the burst waits for that, and longer than Redis is waited for.
  for (const edge of [0, 1]) expect((await from('203.0.113.9', edge)).status).toBe(200)
  const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => from('203.0.113.1', i % 2)))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(40)
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(60)
  const left = answers.filter(({ status }) => status === 200).map(({ headers }) => headers.get('x-ratelimit-remaining'))
  expect(new Set(left).size).toBe(40)
})

/** How often counters were asked for, as Redis counts it. */
async function openCommands(url: string) {
  const redis = createClient({ url })
  await redis.connect()
  onTestFinished(() => redis.destroy())
  const commands = async () => Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0)
  return { redis, commands }
}

test('a request costs one command however many limits count it, and no counter stays for ever', async () => {
  const { url, from, tokens } = await openPair({ RATE_LIMIT_PER_USER: '150' })
  const { redis, commands } = await openCommands(url)
  const token = await tokens.token()
  await from('203.0.113.1', 0, token)
  const before = await commands()
  for (let i = 0; i < 10; i += 1) await from('203.0.113.1', 0, token)
  // Of the user, whose limit is not far; of the others those of 20 ms together.
  expect((await commands()) - before).toBeLessThanOrEqual(20)
  for (let i = 0; i < 20; i += 1) await from('203.0.113.2', 0)
  await waitFor('all of them to be counted', async () => (await redis.get('rate:address:203.0.113.2')) === '20')
  expect((await redis.keys('rate:*')).sort()).toEqual([
    'rate:address:203.0.113.1',
    'rate:address:203.0.113.2',
    'rate:organization:organization-1',
    'rate:user:user-1',
  ])
  for (const key of await redis.keys('*')) expect(await redis.pTTL(key)).toBeGreaterThan(0)
})

test('what is counted at once costs one command, and whoever is far from their limit hardly any', async () => {
  const { url } = await openPair({})
  const { redis, commands } = await openCommands(url)
  const shared = await openRedis({
    url,
    log: createLogger({ service: 'test', version: '1', environment: 'test', level: 'silent' }),
    name: 'test',
  })
  onTestFinished(() => shared.close())
  const rate = openRate(shared, null)
  await rate.count('first', 100)
  const before = await commands()
  await Promise.all(Array.from({ length: 50 }, (_, i) => rate.count(`user:${i}`, 100)))
  expect((await commands()) - before).toBe(1)
  await rate.count('far', 1_000)
  const far = await commands()
  await Promise.all(Array.from({ length: 300 }, () => rate.count('far', 1_000)))
  await waitFor('all of them to be counted', async () => (await redis.get('rate:far')) === '301')
  expect((await commands()) - far).toBe(1)
})

test('while Redis is away each gateway counts for itself, and together again when it is back with nothing', async () => {
  const { from, stop, restart } = await openPair({ RATE_LIMIT_PER_ADDRESS: '2' })
  const statuses = async (address: string) => {
    const all: number[] = []
    for (const edge of [0, 1, 0, 1, 0, 1]) all.push((await from(address, edge)).status)
    return all
  }
  expect(await statuses('203.0.113.1')).toEqual([200, 200, 429, 429, 429, 429])
  await stop()
  expect(await statuses('203.0.113.2')).toEqual([200, 200, 200, 200, 429, 429])
  await restart()
  let address = 10
  await waitFor('counting together', async () => {
    address += 1
    return (await statuses(`203.0.113.${address}`)).join() === '200,200,429,429,429,429'
  })
})
