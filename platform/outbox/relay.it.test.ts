import { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { defineEvent } from '#contracts/define-event'
import { identityDatabase } from '../../subgraphs/identity/orm.ts'
import { openOwnServices } from '../../tests/kit/own-services.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'
import { systemCaller } from '../caller/caller.ts'
import { type Database, openDatabase } from '../db/database.ts'
import { write } from '../db/write.ts'
import { InvalidInputError } from '../errors/common-errors.ts'
import type { Ctx } from '../graphql/context.ts'
import { newId } from '../id.ts'
import { createLogger } from '../log/logger.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { continueTrace } from '../telemetry/trace-context.ts'
import { Tracer } from '../telemetry/tracer.ts'
import type { Subscriber } from './delivery.ts'
import type { DeliveredEvent } from './event.ts'
import { Relay } from './relay.ts'

const counted = defineEvent('thing.counted', 1, z.object({ n: z.number() }))
const log = createLogger({ service: 'test', version: '0', environment: 'test', level: 'silent' })

let services: Awaited<ReturnType<typeof openOwnServices>>
let db: Database
beforeAll(async () => {
  services = await openOwnServices()
  db = await openDatabase(identityDatabase, { url: services.environment.IDENTITY_DATABASE_URL ?? '', poolMax: 12 })
})
afterAll(async () => {
  await db.orm.close()
  await services.close()
})

const newCtx = (): Ctx => ({
  caller: systemCaller(newId()),
  db,
  parts: undefined,
  requestId: newId(),
  traceparent: continueTrace(undefined),
  log,
  loaders: new Map(),
})
const count = (ctx: Ctx, n: number, key: string) =>
  write(ctx, 'thing.counted', async (tx) => {
    tx.unchanged()
    tx.emit(counted, { n }, key)
  })

type OneByOne = (event: DeliveredEvent) => Promise<void>

function openRelay(subscriber: OneByOne, options = {}) {
  return openRelayOf(async (events) => {
    for (const event of events) await subscriber(event)
  }, options)
}

function openRelayOf(subscriber: Subscriber, options = {}) {
  const relay = new Relay({
    url: services.environment.RELAY_DATABASE_URL ?? '',
    schemas: ['identity'],
    subscribers: new Map([['thing.counted@1', [subscriber]]]),
    log,
    metrics: createMetrics('test'),
    tracer: new Tracer(0, null),
    ...options,
  })
  return relay
}

/** As the relay's own role, which alone sees the rows of every organization. */
async function rowCount(sql: string, values: unknown[] = []): Promise<number> {
  const pool = new Pool({ connectionString: services.environment.RELAY_DATABASE_URL ?? '', max: 1 })
  try {
    return (await pool.query(sql, values)).rowCount ?? 0
  } finally {
    await pool.end()
  }
}
const pendingOf = (ctx: Ctx) =>
  rowCount('select 1 from identity.outbox where organization_id = $1', [ctx.caller.organizationId])

test('events of one key are delivered in the order of their commits, once each, by two relays and eight racing writers', async () => {
  const ctx = newCtx()
  const delivered: number[] = []
  const subscriber: OneByOne = async (event) => {
    delivered.push((event.data as { n: number }).n)
  }
  const relays = [openRelay(subscriber), openRelay(subscriber)]
  for (const relay of relays) relay.start()
  // Each writer commits one event after the other; the writers' transactions overlap and differ in length.
  const writer = async (w: number) => {
    for (let n = 0; n < 6; n += 1) {
      await write(ctx, 'thing.counted', async (tx) => {
        tx.unchanged()
        tx.emit(counted, { n: w * 100 + n }, 'thing:1')
        await tx.em.execute('select pg_sleep(?)', [Math.random() / 20])
      })
    }
  }
  await Promise.all(Array.from({ length: 8 }, (_, w) => writer(w)))
  await waitFor('all deliveries', () => delivered.length >= 48)
  for (const relay of relays) await relay.close()
  expect(delivered).toHaveLength(48)
  for (let w = 0; w < 8; w += 1) {
    expect(delivered.filter((n) => Math.floor(n / 100) === w)).toEqual(Array.from({ length: 6 }, (_, n) => w * 100 + n))
  }
})

test('a subscriber that fails gets the event again, and later events of the key wait for it', async () => {
  const ctx = newCtx()
  const seen: number[] = []
  let failures = 1
  const relay = openRelay(async (event) => {
    const { n } = event.data as { n: number }
    if (n === 1 && failures-- > 0) throw new Error('not now')
    seen.push(n)
  })
  for (const n of [0, 1, 2]) await count(ctx, n, 'thing:2')
  relay.start()
  await waitFor('the repeated delivery', () => seen.length === 3)
  await relay.close()
  expect(seen).toEqual([0, 1, 2])
  expect(await pendingOf(ctx)).toBe(0)
})

test('an event that never gets through is put aside with its reason, and the key goes on', async () => {
  const ctx = newCtx()
  const seen: number[] = []
  const relay = openRelay(
    async (event) => {
      const { n } = event.data as { n: number }
      if (n === 0) throw new Error('poison')
      seen.push(n)
    },
    { attemptsMax: 1 },
  )
  for (const n of [0, 1]) await count(ctx, n, 'thing:3')
  relay.start()
  await waitFor('the event behind the poison', () => seen.length === 1)
  await relay.close()
  expect(await pendingOf(ctx)).toBe(1)
})

test('nothing is delivered of a write that rolled back, and a refusal is delivered though its caller got an error', async () => {
  const ctx = newCtx()
  await expect(
    write(ctx, 'thing.made', async (tx) => {
      tx.emit(counted, { n: 7 }, 'thing:4')
      throw new Error('rolled back')
    }),
  ).rejects.toThrow('rolled back')
  expect(await pendingOf(ctx)).toBe(0)

  await expect(
    write(ctx, 'thing.made', async (tx) => {
      tx.target('thing', '5')
      return tx.refuse('thing.refused', new InvalidInputError('No.'))
    }),
  ).rejects.toThrow('No.')
  expect(await pendingOf(ctx)).toBe(1)
})

test('a relay is woken by a commit, not only by its clock', async () => {
  const ctx = newCtx()
  let deliveredAt = 0
  const relay = openRelay(
    async () => {
      deliveredAt = performance.now()
    },
    { pollMs: 60_000 },
  )
  relay.start()
  const listening = `select 1 from pg_stat_activity where query = 'listen forgeops_outbox'`
  await waitFor('the relay to listen', async () => (await rowCount(listening)) > 0)
  await count(ctx, 1, 'thing:6')
  await waitFor('the delivery', () => deliveredAt > 0)
  await relay.close()
})

test('a relay that is at work when a commit wakes it sees to that one next, whatever its clock', async () => {
  const ctx = newCtx()
  const delivered: number[] = []
  const relay = openRelay(async ({ data }) => void delivered.push((data as { n: number }).n), { pollMs: 60_000 })
  relay.start()
  const listening = `select 1 from pg_stat_activity where query = 'listen forgeops_outbox'`
  await waitFor('the relay to listen', async () => (await rowCount(listening)) > 0)
  for (let n = 0; n < 60; n += 1) {
    await count(ctx, n, `thing:${100 + n}`)
    // Else it would rest each time.
    if (n % 3 === 0) await waitFor('the delivery', () => delivered.includes(n))
  }
  await waitFor('all deliveries', () => delivered.length === 60)
  await relay.close()
})

test('a relay that loses its connection while it delivers goes on, and the event is delivered again', async () => {
  const ctx = newCtx()
  let deliveries = 0
  const relay = openRelay(async () => {
    deliveries += 1
    if (deliveries > 1) return
    const own = `select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction' and usename = current_user`
    await waitFor('the connection to be ended', async () => (await rowCount(own)) === 0)
  })
  await count(ctx, 1, 'thing:7')
  relay.start()
  await waitFor('the repeated delivery', async () => (await pendingOf(ctx)) === 0)
  await relay.close()
  expect(deliveries).toBe(2)
})

test('events of many keys are told together, one of each key at a time, and one that fails keeps back its own key alone', async () => {
  const ctx = newCtx()
  const keys = Array.from({ length: 20 }, () => newId())
  for (const key of keys) for (const n of [1, 2]) await count(ctx, n, key)
  const told: { n: number; id: string }[][] = []
  const poison = new Set<string>()
  const relay = openRelayOf(async (events) => {
    const own = events.filter(({ organizationId }) => organizationId === ctx.caller.organizationId)
    if (poison.size === 0 && own[7] !== undefined) poison.add(own[7].id)
    if (own.some(({ id }) => poison.has(id))) throw new Error('not this one')
    if (own.length > 0) told.push(own.map(({ id, data }) => ({ id, n: (data as { n: number }).n })))
  })
  relay.start()
  try {
    await waitFor('all but one key to be told', async () => (await pendingOf(ctx)) === 2)
  } finally {
    await relay.close()
  }
  const delivered = told.flat()
  expect(new Set(delivered.map(({ id }) => id)).size).toBe(38)
  expect(delivered.filter(({ n }) => n === 1)).toHaveLength(19)
  expect(told.length).toBeLessThan(30)
})
