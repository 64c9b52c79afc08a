import { beforeEach, describe, expect, it } from 'vitest'
import { anonymousCaller, type Caller } from '../caller/caller.ts'
import { newId } from '../id.ts'
import { continueTrace, traceIdOf } from '../telemetry/trace-context.ts'
import type { Refusal } from './refusal.ts'
import { refusalBatch } from './refusal-batch.ts'
import { RefusalLog } from './refusal-log.ts'

const organizationId = newId()
const user = (userId = 'u1', more: Partial<Caller> = {}): Caller => ({
  ...anonymousCaller('203.0.113.1', 'curl'),
  kind: 'user',
  organizationId,
  userId,
  ...more,
})
const refusal = (more: Partial<Refusal> = {}): Refusal => ({
  caller: user(),
  coordinate: 'User.email',
  code: 'FORBIDDEN',
  requestId: newId(),
  traceparent: continueTrace(undefined),
  ...more,
})

let now: number
let log: RefusalLog
beforeEach(() => {
  now = Date.parse('2026-11-21T10:00:05Z')
  log = new RefusalLog({ keysMax: 100, keysOfSourceMax: 10, quietMs: 2_000 }, () => now)
})

describe('refusals of a minute', () => {
  it('of one caller at one coordinate are one record, with their number, and the last one’s trace', () => {
    log.add(refusal(), 1_999)
    now += 1_000
    const last = refusal()
    log.add(last)
    now += 2_000
    const [record, ...more] = log.take(10)
    expect(more).toEqual([])
    expect(record).toMatchObject({
      organizationId,
      actor: { type: 'user', id: 'u1', onBehalfOf: null },
      address: '203.0.113.1',
      userAgent: 'curl',
      coordinate: 'User.email',
      code: 'FORBIDDEN',
      count: 2_000,
      minute: '2026-11-21T10:00:00.000Z',
      firstAt: '2026-11-21T10:00:05.000Z',
      lastAt: '2026-11-21T10:00:06.000Z',
      requestId: last.requestId,
      traceId: traceIdOf(last.traceparent),
    })
    expect(refusalBatch.safeParse({ id: newId(), refusals: [record] }).success).toBe(true)
  })

  it.each<[string, Partial<Refusal>]>([
    ['another user', { caller: user('u2') }],
    ['the same user’s agent', { caller: user('u1', { agentId: 'a1' }) }],
    ['the same user’s key', { caller: user('u1', { apiKeyId: 'k1' }) }],
    ['the same user in another organization', { caller: user('u1', { organizationId: newId() }) }],
    ['another address', { caller: user('u1', { address: '203.0.113.2' }) }],
    ['another client', { caller: user('u1', { userAgent: 'wget' }) }],
    ['another field', { coordinate: 'User.name' }],
    ['another code', { code: 'STEP_UP_REQUIRED' }],
    ['other reasons', { reason: 'expired' }],
  ])('of %s are another record', (_what, more) => {
    log.add(refusal())
    log.add(refusal(more))
    now += 60_000
    expect(log.take(10).map(({ count }) => count)).toEqual([1, 1])
  })

  it('are told after a quiet while, and those that follow when the minute is over', () => {
    log.add(refusal())
    now += 1_999
    expect(log.take(10)).toEqual([])
    now += 1
    const [first] = log.take(10)
    for (let i = 0; i < 10; i += 1) {
      log.add(refusal())
      now += 3_000
      expect(log.take(10)).toEqual([])
    }
    now += 60_000
    const rest = log.take(10)
    expect(rest).toMatchObject([{ count: 10, firstAt: '2026-11-21T10:00:07.000Z' }])
    expect(rest[0]?.id).not.toBe(first?.id)
    expect(log.size).toBe(0)
  })

  it('that go on and on are told every minute', () => {
    const counts: number[] = []
    for (let second = 0; second < 180; second += 1) {
      log.add(refusal())
      now += 1_000
      counts.push(...log.take(10).map(({ count }) => count))
    }
    expect(counts).toEqual([55, 60, 60])
  })

  it('are all told at the end', () => {
    log.add(refusal())
    expect(log.take(10)).toEqual([])
    expect(log.take(10, true)).toHaveLength(1)
    expect(log.size).toBe(0)
  })
})

describe('what is held', () => {
  it('of one user is bounded whatever fields, addresses and clients they come by: the rest is one record', () => {
    for (let i = 0; i < 1_000; i += 1)
      log.add(refusal({ caller: user('u1', { address: `10.0.0.${i % 200}` }), coordinate: `Query.f${i}` }))
    log.add(refusal({ caller: user('u2') }))
    now += 60_000
    const records = log.take(100)
    expect(records.map(({ coordinate, count }) => [coordinate, count])).toEqual([
      ...Array.from({ length: 10 }, (_, i) => [`Query.f${i}`, 1]),
      ['*', 990],
      ['User.email', 1],
    ])
  })

  it('of people who are not signed in leaves half of the places to those who are', () => {
    const anybody = (i: number) => anonymousCaller(`10.0.${i >> 8}.${i & 255}`, `client ${i}`)
    const kept = Array.from({ length: 500 }, (_, i) => log.add(refusal({ caller: anybody(i) })))
    expect(kept.filter(Boolean)).toHaveLength(50)
    expect(log.add(refusal())).toBe(true)
  })

  it('is bounded: what does not fit is said to be lost, and what is there still counts', () => {
    const kept = Array.from({ length: 500 }, (_, i) => log.add(refusal({ caller: user(`u${i}`) })))
    expect(kept.filter(Boolean)).toHaveLength(100)
    expect(log.size).toBe(100)
    expect(log.add(refusal({ caller: user('u0') }))).toBe(true)
    now += 60_000
    expect(log.take(1_000)).toHaveLength(100)
    expect(log.add(refusal({ caller: user('u499') }))).toBe(true)
  })

  it('of one client’s words is bounded', () => {
    log.add(refusal({ caller: anonymousCaller('a'.repeat(500), 'b'.repeat(500)), coordinate: 'c'.repeat(500) }))
    const [record] = log.take(1, true)
    expect(refusalBatch.safeParse({ id: newId(), refusals: [record] }).success).toBe(true)
  })
})
