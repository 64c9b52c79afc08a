import { expect, test } from 'vitest'
import type { VerifiedKey } from '#platform/caller/verified-key'
import { BoundedMap } from './bounded-map.ts'
import { KnownKeys } from './known-keys.ts'

const client = { address: null, userAgent: null }
const keyFor = (text: string): VerifiedKey => ({
  apiKeyId: text,
  userId: 'user-1',
  organizationId: 'organization-1',
  scopes: [],
  rateLimitPerMinute: 1,
  expiresAt: new Date(Date.now() + 60_000),
  subjects: [],
  revision: 0,
})

function openKnown(options: { knownMs?: number; refusedMs?: number; keysMax?: number } = {}) {
  const asked: string[] = []
  const known = new KnownKeys({
    exchange: async (text) => {
      asked.push(text)
      return text.startsWith('bad') ? null : keyFor(text)
    },
    revocations: { isRevoked: () => false },
    ...options,
  })
  return { asked, find: (text: string) => known.find(text, client) }
}

test('an answer is believed for its time only', async () => {
  const { asked, find } = openKnown({ knownMs: 0, refusedMs: 0 })
  for (const text of ['a', 'a', 'bad', 'bad']) await find(text)
  expect(asked).toEqual(['a', 'a', 'bad', 'bad'])
})

test('however many keys are tried, those that are good and in use stay known', async () => {
  const { asked, find } = openKnown({ keysMax: 10 })
  await find('good')
  for (let i = 0; i < 1_000; i += 1) await find(`bad-${i}`)
  for (let i = 0; i < 50; i += 1) {
    await find(`other-${i}`)
    await find('good')
  }
  expect(asked.filter((text) => text === 'good')).toHaveLength(1)
})

test('a failed exchange is not remembered', async () => {
  let up = false
  const known = new KnownKeys({
    exchange: async (text) => {
      if (!up) throw new Error('down')
      return keyFor(text)
    },
    revocations: { isRevoked: () => false },
  })
  await expect(known.find('a', client)).rejects.toThrow('down')
  up = true
  expect(await known.find('a', client)).toMatchObject({ apiKeyId: 'a' })
})

test('a bounded map forgets what was used least recently', () => {
  const map = new BoundedMap<string, number>(2)
  map.set('a', 1)
  map.set('b', 2)
  map.get('a')
  map.set('c', 3)
  expect(['a', 'b', 'c'].map((name) => map.get(name))).toEqual([1, undefined, 3])
  expect(map.size).toBe(2)
})
