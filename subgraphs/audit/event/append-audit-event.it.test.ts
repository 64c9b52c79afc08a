import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemCaller } from '#platform/caller/caller'
import { openDatabase } from '#platform/db/database'
import { read } from '#platform/db/read'
import type { Ctx } from '#platform/graphql/context'
import { newId } from '#platform/id'
import type { DeliveredEvent } from '#platform/outbox/event'
import { appendAuditEvent, deliveredRecord } from '../../../tests/kit/audit-event.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { auditConfig } from '../config.ts'
import { audit } from '../subgraph.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(audit, auditConfig)
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())

const ctxIn = (organizationId: string): Ctx => subgraph.ctxFor(systemCaller(organizationId))
const append = (event: DeliveredEvent) => appendAuditEvent(ctxIn(event.organizationId), event)
const rows = <R extends object>(organizationId: string, sql: string): Promise<R[]> =>
  read(ctxIn(organizationId), (em) => em.execute<R[]>(sql))
const trail = (organizationId: string) =>
  rows<{ id: string; seq: string }>(organizationId, 'select id, seq from audit.event order by seq')

test('an event is kept as it was told, with its targets in order', async () => {
  const event = deliveredRecord(newId(), {
    action: 'agent.published',
    occurredAt: '2026-11-21T08:15:30.123Z',
    actor: { type: 'agent', id: 'a', onBehalfOf: 'u' },
    targets: [
      { type: 'agent', id: 'z', name: 'first “named”' },
      { type: 'version', id: 'a', name: null },
    ],
    context: { address: '203.0.113.5', detail: { version: 3 } },
  })
  await append(event)
  expect(await rows(event.organizationId, 'select * from audit.event')).toMatchObject([
    { id: event.id, seq: '1', action: 'agent.published', actor_type: 'agent', actor_id: 'a', on_behalf_of: 'u' },
  ])
  expect(
    await rows(event.organizationId, 'select type, target_id, name from audit.event_target order by position'),
  ).toEqual([
    { type: 'agent', target_id: 'z', name: 'first “named”' },
    { type: 'version', target_id: 'a', name: null },
  ])
  const [kept] = await rows<{ at: boolean; context: unknown }>(
    event.organizationId,
    `select occurred_at = '2026-11-21T08:15:30.123Z' and recorded_at > occurred_at as at, context from audit.event`,
  )
  expect(kept).toEqual({ at: true, context: (event.data as { context: unknown }).context })
})

test('repeated and concurrent deliveries of an event make it one event, and take no place', async () => {
  const organizationId = newId()
  const event = deliveredRecord(organizationId, { targets: [{ type: 'agent', id: 'x', name: null }] })
  await Promise.all(Array.from({ length: 8 }, () => append(event)))
  await append(event)
  const next = deliveredRecord(organizationId)
  await append(next)
  expect(await trail(organizationId)).toEqual([
    { id: event.id, seq: '1' },
    { id: next.id, seq: '2' },
  ])
  expect(await rows(organizationId, 'select 1 from audit.event_target')).toHaveLength(1)
})

test('while 30 events of an organization arrive at once over two pools, whoever looks sees places 1 to n without a gap', async () => {
  const organizationId = newId()
  const second = await openDatabase(audit.database, { url: subgraph.config.databaseUrl, poolMax: 4 })
  const contexts = [ctxIn(organizationId), { ...ctxIn(organizationId), db: second }]
  let running = true
  const looks: number[][] = []
  const looking = (async () => {
    while (running) looks.push((await trail(organizationId)).map((row) => Number(row.seq)))
  })()
  const started = Array.from({ length: 30 }, () => deliveredRecord(organizationId))
  await Promise.all(started.map((event, i) => appendAuditEvent(contexts[i % 2] ?? ctxIn(organizationId), event)))
  running = false
  await looking
  await second.orm.close()
  const places = (n: number) => Array.from({ length: n }, (_, i) => i + 1)
  for (const look of looks) expect(look).toEqual(places(look.length))
  expect((await trail(organizationId)).map((row) => Number(row.seq))).toEqual(places(30))
})

test('an event that begins after another was appended has a later place', async () => {
  const organizationId = newId()
  const events = Array.from({ length: 5 }, () => deliveredRecord(organizationId))
  // Older ids last: places follow commits, not ids.
  for (const event of events.toReversed()) await append(event)
  expect((await trail(organizationId)).map((row) => row.id)).toEqual(events.map((event) => event.id).toReversed())
})

test('organizations have trails of their own, and do not wait for one another', async () => {
  const [one, other] = [newId(), newId()]
  await Promise.all([one, other, one, other].map((organizationId) => append(deliveredRecord(organizationId))))
  expect(await trail(one)).toHaveLength(2)
  expect((await trail(other)).map((row) => row.seq)).toEqual(['1', '2'])
})

test('keeping a record makes no further record', async () => {
  const organizationId = newId()
  await append(deliveredRecord(organizationId))
  expect(await rows(organizationId, 'select 1 from audit.outbox')).toEqual([])
})

test('an event is not appended by a context of another organization', async () => {
  const event = deliveredRecord(newId())
  await expect(appendAuditEvent(ctxIn(newId()), event)).rejects.toThrow(/row-level security/)
  expect(await trail(event.organizationId)).toEqual([])
})

test('data that breaks the contract is refused and nothing is kept of it', async () => {
  const event = deliveredRecord(newId(), { action: 'Not An Action' })
  await expect(append(event)).rejects.toThrow(/action/)
  expect(await trail(event.organizationId)).toEqual([])
})

test.each([
  'update audit.event set action = action',
  'delete from audit.event',
  'truncate audit.event',
  'update audit.event_target set name = name',
  'delete from audit.event_target',
  'truncate audit.event_target',
])('the role that runs audit may not: %s', async (sql) => {
  const organizationId = newId()
  await append(deliveredRecord(organizationId, { targets: [{ type: 'agent', id: 'x', name: null }] }))
  const change = subgraph.db.orm.em.fork().transactional(async (em) => {
    await em.execute(`select set_config('app.organization_id', ?, true)`, [organizationId])
    await em.execute(sql)
  })
  await expect(change).rejects.toThrow(/permission denied/)
})
