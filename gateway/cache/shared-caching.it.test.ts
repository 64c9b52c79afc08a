import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { systemOrganizationId } from '#platform/caller/caller'
import { createLogger } from '#platform/log/logger'
import { ChangeWriter } from '#platform/redis/change-writer'
import { openRedis } from '#platform/redis/open-redis'
import { createMetrics } from '#platform/telemetry/metrics'
import { openRedis as openServer, type Redis as Server } from '../../scripts/local/redis.ts'
import { openEdge } from '../../tests/kit/edge.ts'
import { openToyMarket } from '../../tests/kit/toy-market.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'

const log = createLogger({ service: 'test', version: '0', environment: 'test', level: 'silent' })
const home = mkdtempSync(join(tmpdir(), 'forgeops-cache-'))
chmodSync(home, 0o711)
let server: Server
beforeAll(async () => {
  server = await openServer({ home, log: () => undefined })
})
afterAll(async () => {
  await server.close()
  rmSync(home, { recursive: true, force: true })
})
let market: Awaited<ReturnType<typeof openToyMarket>>
beforeEach(async () => {
  market = await openToyMarket({ ruled: false })
  market.cacheControl.wares = market.cacheControl.prices = 'max-age=60, public'
  return () => market.close()
})
const query = '{ ware(id: "w1") { name price } }'

async function openGateway() {
  const edge = await openEdge(market, { AUTH: 'off', REDIS_URL: server.url })
  onTestFinished(() => edge.close())
  const ask = async () => (await edge.query(query)).body
  const metric = async (line: RegExp) => line.exec(await (await fetch(`${edge.opsOrigin}/metrics`)).text())?.[1]
  return { ask, metric }
}
async function openRedisClient() {
  const redis = await openRedis({ url: server.url, log, name: 'test' })
  onTestFinished(() => redis.close())
  return redis
}
const anvil = { data: { ware: { name: 'Anvil', price: 'w1 for 5' } } }
const hits = /gateway_cache_lookups_total\{kind="answer",result="hit_redis"[^}]*\} (\d+)/

test('what one gateway keeps another answers from', async () => {
  const [one, other] = [await openGateway(), await openGateway()]
  for (const { ask } of [one, other]) await ask()
  for (let i = 0; i < 3; i += 1) expect(await one.ask()).toEqual(anvil)
  const asked = market.asked()
  expect(await other.ask()).toEqual(anvil)
  expect(market.asked()).toBe(asked)
  expect(await other.metric(hits)).toBe('1')
})

test('a change is seen by every gateway within a second, also where the thing was kept as an entity', async () => {
  const gateways = [await openGateway(), await openGateway()]
  for (const { ask } of gateways) for (let i = 0; i < 3; i += 1) await ask()
  const asked = market.asked()
  for (const { ask } of gateways) expect(await ask()).toEqual(anvil)
  expect(market.asked()).toBe(asked)

  const writer = new ChangeWriter(await openRedisClient(), log, createMetrics('test'))
  onTestFinished(() => writer.close())
  market.names.set('w1', 'Axe')
  writer.tell({ organizationId: systemOrganizationId, subjects: ['ware:w1'] })
  const began = performance.now()
  for (const { ask } of gateways)
    await waitFor('the change', async () => JSON.stringify(await ask()).includes('Axe'), 2_000)
  expect(performance.now() - began).toBeLessThan(1_000)
})

test('a change of something else leaves what is kept', async () => {
  const { ask } = await openGateway()
  for (let i = 0; i < 3; i += 1) await ask()
  const asked = market.asked()
  const writer = new ChangeWriter(await openRedisClient(), log, createMetrics('test'))
  writer.tell({ organizationId: systemOrganizationId, subjects: ['person:p1'] })
  writer.tell({ organizationId: 'another', subjects: ['ware:w1'] })
  await writer.close()
  for (let i = 0; i < 20; i += 1) await ask()
  expect(market.asked()).toBe(asked)
})

test('what is in Redis ends by itself, and its names say nothing', async () => {
  const { ask } = await openGateway()
  for (let i = 0; i < 3; i += 1) await ask()
  const redis = await openRedisClient()
  const keys = await redis.run((client) => client.keys('forgeops:cache:*'))
  const kept = keys.filter((key) => !key.includes(':epoch:'))
  expect(kept.length).toBeGreaterThanOrEqual(3)
  for (const key of kept) expect(key).toMatch(/^forgeops:cache:[\w-]{43}$/)
  for (const key of keys) {
    const ms = await redis.run((client) => client.pTTL(key))
    expect(ms, key).toBeGreaterThan(0)
    expect(ms, key).toBeLessThanOrEqual(key.includes(':epoch:') ? 7_200_000 : 60_000)
  }
})

test('without Redis answers go on, and what a process keeps for itself it keeps', async () => {
  const { ask } = await openGateway()
  for (let i = 0; i < 3; i += 1) await ask()
  const { url } = server
  await server.close()
  for (let i = 0; i < 5; i += 1) expect(await ask()).toEqual(anvil)
  const asked = market.asked()
  for (let i = 0; i < 3; i += 1) expect(await ask()).toEqual(anvil)
  expect(market.asked() - asked).toBeLessThanOrEqual(1)
  server = await openServer({ home, log: () => undefined, port: Number(new URL(url).port) })
})
