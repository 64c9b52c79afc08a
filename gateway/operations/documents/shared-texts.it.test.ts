import { expect, inject, onTestFinished, test } from 'vitest'
import { createLogger } from '#platform/log/logger'
import { openRedis } from '#platform/redis/open-redis'
import { AutomaticDocuments } from './automatic-documents.ts'
import { sha256 } from './document-file.ts'
import { RedisTexts } from './shared-texts.ts'

const log = createLogger({ service: 'test', version: '1', environment: 'test', level: 'silent' })

async function gateway(url: string) {
  const redis = await openRedis({ url, log, name: 'test' })
  onTestFinished(() => redis.close())
  return { redis, automatic: new AutomaticDocuments({ shared: new RedisTexts(redis), ttlMs: 60_000 }) }
}

test('a text that one gateway keeps is found by another, and Redis forgets it by itself', async () => {
  const [one, other] = [await gateway(inject('redisUrl')), await gateway(inject('redisUrl'))]
  const text = `{ shelf_${crypto.randomUUID().replaceAll('-', '')} }`
  const hash = sha256(text)
  expect(await other.automatic.get(hash)).toBeUndefined()
  one.automatic.keep(hash, text)
  await expect.poll(() => other.automatic.get(hash)).toBe(text)
  const ttl = await one.redis.run((client) => client.pTTL(`gateway:persisted-query:${hash}`))
  expect(ttl).toBeGreaterThan(0)
  expect(ttl).toBeLessThanOrEqual(60_000)
})

test('without Redis each gateway keeps what it was sent', async () => {
  const { automatic } = await gateway('redis://127.0.0.1:1')
  automatic.keep(sha256('{ shelf }'), '{ shelf }')
  expect([await automatic.get(sha256('{ shelf }')), await automatic.get(sha256('{ floor }'))]).toEqual([
    '{ shelf }',
    undefined,
  ])
})
