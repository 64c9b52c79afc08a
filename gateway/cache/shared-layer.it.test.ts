import { expect, inject, onTestFinished, test } from 'vitest'
import { createLogger } from '#platform/log/logger'
import { openRedis } from '#platform/redis/open-redis'
import { SharedLayer } from './shared-layer.ts'

const log = createLogger({ service: 'test', version: '0', environment: 'test', level: 'silent' })

/** Another gateway on the same Redis. */
async function openLayer(following = { now: true }) {
  const redis = await openRedis({ url: inject('redisUrl'), log, name: 'test' })
  onTestFinished(() => redis.close())
  return { redis, following, layer: new SharedLayer(redis, () => following.now) }
}
const kept = () => ({ text: '{"a":1}', bornAt: Date.now(), expiresAt: Date.now() + 60_000, isPublic: true })
const names = () => ({ key: `test-${crypto.randomUUID()}`, tags: [`o ${crypto.randomUUID()}`] })

test('what was read before a change is not believed by anybody, though it is written after it', async () => {
  const [slow, other] = [await openLayer(), await openLayer()]
  const { key, tags } = names()
  const before = await slow.layer.read([key], tags)
  await other.layer.strike(tags)
  await slow.layer.write(key, kept(), tags, before?.epochs ?? new Map())
  for (const { layer } of [slow, other]) expect((await layer.read([key], tags))?.kept.size).toBe(0)

  const after = await slow.layer.read([key], tags)
  await slow.layer.write(key, kept(), tags, after?.epochs ?? new Map())
  expect((await other.layer.read([key], tags))?.kept.get(key)?.text).toBe('{"a":1}')
  await other.layer.strikeAll()
  expect((await slow.layer.read([key], tags))?.kept.size).toBe(0)
})

test('nothing is read while changes do not arrive', async () => {
  const { layer, following } = await openLayer()
  const { key, tags } = names()
  const read = await layer.read([key], tags)
  await layer.write(key, kept(), tags, read?.epochs ?? new Map())
  following.now = false
  expect(await layer.read([key], tags)).toBeNull()
  following.now = true
  expect((await layer.read([key], tags))?.kept.size).toBe(1)
})

test('who could not strike something out believes nothing there until everything was struck out', async () => {
  const { layer, redis } = await openLayer()
  const other = await openLayer()
  const { key, tags } = names()
  const read = await layer.read([key], tags)
  await layer.write(key, kept(), tags, read?.epochs ?? new Map())
  await redis.close()
  expect(await layer.strike(tags)).toBe(false)
  expect(await layer.read([key], tags)).toBeNull()
  expect((await other.layer.read([key], tags))?.kept.size).toBe(1)
})

test.each([
  ['longer than 200 000 characters', { text: 'x'.repeat(200_001) }],
  ['over already', { expiresAt: Date.now() - 1 }],
])('what is %s is not written', async (_what, part) => {
  const { layer } = await openLayer()
  const { key, tags } = names()
  expect(await layer.write(key, { ...kept(), ...part }, tags, new Map())).toBe(false)
})
