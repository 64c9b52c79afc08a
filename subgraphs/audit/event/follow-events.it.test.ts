import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Caller } from '#platform/caller/caller'
import { openDatabase } from '#platform/db/database'
import { federate } from '#platform/graphql/federate'
import { Subscriptions } from '#platform/graphql/subscriptions'
import { newId } from '#platform/id'
import { appendAuditEvent, deliveredRecord, tell } from '../../../tests/kit/audit-event.ts'
import { memberCaller } from '../../../tests/kit/organizations.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { waitFor } from '../../../tests/kit/wait-for.ts'
import { auditConfig } from '../config.ts'
import { audit } from '../subgraph.ts'
import { scannedPerAnswer } from './event.limits.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(audit, auditConfig)
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())

const text = `subscription ($filter: AuditEventFilter, $after: SafeInt) {
  auditEvents(filter: $filter, afterSeq: $after) { id seq action targets { type id } actor { __typename } }
}`
interface Told {
  readonly id: string
  readonly seq: number
  readonly action: string
  readonly targets: readonly object[]
}
async function follow(caller: Caller, variables: { after?: number; filter?: object } = {}, last?: string) {
  const answer = await subgraph.follow(caller, text, variables, last)
  return { ...answer, told: answer.events.map((each) => (each as unknown as { auditEvents: Told }).auditEvents) }
}
const auditorOf = (organizationId: string) => memberCaller(organizationId, ['auditor'])
const append = (organizationId: string, record = {}) => tell(subgraph.ctxFor, organizationId, record)
const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => from + i)

test('without a number it tells what comes from now on, and where that is', async () => {
  const organizationId = newId()
  const auditor = auditorOf(organizationId)
  expect(await follow(auditor)).toMatchObject({ topic: `${organizationId}/audit`, position: 0, told: [], more: false })
  await append(organizationId)
  expect(await follow(auditor)).toMatchObject({ position: 1, told: [] })
  const id = await append(organizationId, {
    action: 'agent.created',
    targets: [{ type: 'agent', id: 'a', name: null }],
  })
  const answer = await follow(auditor, {}, '1')
  expect(answer).toMatchObject({ position: 2, told: [{ id, seq: 2, action: 'agent.created', targets: [{ id: 'a' }] }] })
  expect(answer.blocks.map(({ id: at, event }) => [at, event])).toEqual([
    [1, null],
    [2, 'next'],
    [null, 'complete'],
  ])
})

test('with a number it tells the events after it; the asker’s own last event counts for more', async () => {
  const organizationId = newId()
  const auditor = auditorOf(organizationId)
  for (let n = 0; n < 4; n += 1) await append(organizationId)
  const seqs = async (after: number, last?: string) =>
    (await follow(auditor, { after }, last)).told.map(({ seq }) => seq)
  expect(await seqs(0)).toEqual([1, 2, 3, 4])
  expect(await seqs(2)).toEqual([3, 4])
  expect(await seqs(0, '3')).toEqual([4])
  expect(await seqs(99)).toEqual([])
  expect((await follow(auditor, { after: 99 })).position).toBe(99)
})

test('a filter leaves events out, and the place goes on past them', async () => {
  const organizationId = newId()
  const auditor = auditorOf(organizationId)
  for (const action of ['agent.created', 'run.started', 'run.failed', 'agent.archived', 'run.started'])
    await append(organizationId, { action })
  const answer = await follow(auditor, { filter: { actions: ['agent.*'] }, after: 0 })
  expect(answer.told.map(({ seq }) => seq)).toEqual([1, 4])
  expect(answer.position).toBe(5)
  expect(answer.blocks.map(({ id, event }) => [id, event])).toEqual([
    [0, null],
    [1, 'next'],
    [4, 'next'],
    [5, null],
    [null, 'complete'],
  ])
  expect(await follow(auditor, { filter: { actions: ['no'] } })).toMatchObject({
    errors: [{ path: ['auditEvents'], extensions: { code: 'BAD_USER_INPUT' } }],
  })
})

test('a trail is told in parts of at most 500 events, found among at most ten thousand, and the parts are the whole', async () => {
  const organizationId = newId()
  const auditor = auditorOf(organizationId)
  const length = scannedPerAnswer + 700
  await subgraph.db.orm.em.fork().transactional(async (em) => {
    await em.execute(`select set_config('app.organization_id', ?, true)`, [organizationId])
    await em.execute(
      `insert into audit.event (organization_id, id, seq, occurred_at, recorded_at, action, actor_type, outcome, context)
       select ?, gen_random_uuid(), n, now(), now(), case when n in (5, ?) then 'agent.created' else 'run.started' end, 'system', 'succeeded', '{}'
       from generate_series(1, ?) as n`,
      [organizationId, length, length],
    )
  })
  const parts = [await follow(auditor, { after: length - 700 })]
  expect(parts[0]).toMatchObject({ more: true, position: length - 200 })
  parts.push(await follow(auditor, {}, `${length - 200}`))
  expect(parts[1]).toMatchObject({ more: false, position: length })
  expect(parts.flatMap(({ told }) => told.map(({ seq }) => seq))).toEqual(upTo(length, length - 699))

  const rare = { filter: { actions: ['agent.created'] }, after: 0 }
  const first = await follow(auditor, rare)
  expect(first).toMatchObject({ told: [{ seq: 5 }], more: true, position: scannedPerAnswer })
  expect(await follow(auditor, rare, `${first.position}`)).toMatchObject({
    told: [{ seq: length }],
    more: false,
    position: length,
  })
})

test('what 200 events are told with is read together: a few statements for all of them', async () => {
  const organizationId = newId()
  for (let n = 0; n < 200; n += 1) await append(organizationId, { targets: [{ type: 'agent', id: 'a', name: null }] })
  const { schema } = await federate(audit)
  const refused = vi.fn()
  const subscriptions = new Subscriptions(schema, { refused })
  subgraph.statements.length = 0
  const opened = await subscriptions.open(
    { query: text, variables: { after: 0 } },
    subgraph.ctxFor(auditorOf(organizationId)),
  )
  if ('errors' in opened) throw new Error(JSON.stringify(opened.errors))
  // Between the page and its telling no transaction is open.
  expect(subgraph.statements.at(-1)).toBe('commit')
  const answers = []
  for await (const answer of opened.answers()) answers.push(answer)
  expect(answers).toHaveLength(200)
  expect(subgraph.statements.filter((sql) => sql.includes('from "audit"') || sql.includes('from audit'))).toHaveLength(
    4,
  )
})

test('another organization’s trail is not told of, and who may not read one’s own is refused', async () => {
  const [own, other] = [newId(), newId()]
  await append(other)
  expect(await follow(auditorOf(own), { after: 0 })).toMatchObject({ told: [], position: 0, topic: `${own}/audit` })
  const viewer = { ...memberCaller(other, []), scopes: ['run:read'] }
  for (const variables of [{}, { after: 0 }, { after: -1 }])
    expect(await follow(viewer, variables)).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
})

test('an event whose place is taken but not committed keeps back those behind it', async () => {
  const organizationId = newId()
  const auditor = auditorOf(organizationId)
  await append(organizationId)
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
  const { promise: taken, resolve: isTaken } = Promise.withResolvers<void>()
  const slow = subgraph.db.orm.em.fork().transactional(async (em) => {
    await em.execute(`select set_config('app.organization_id', ?, true)`, [organizationId])
    await em.execute(`select pg_advisory_xact_lock(hashtextextended(?, 0))`, [`audit.event:${organizationId}`])
    await em.execute(
      `insert into audit.event (organization_id, id, seq, occurred_at, recorded_at, action, actor_type, outcome, context)
       values (?, ?, 2, now(), now(), 'slow.done', 'system', 'succeeded', '{}')`,
      [organizationId, newId()],
    )
    isTaken()
    await held
  })
  await taken
  const behind = append(organizationId, { action: 'fast.done' })
  await waitFor('the second writer to wait', async () => {
    const [waiting] = await subgraph.db.orm.em
      .fork()
      .execute<{ n: string }[]>(`select count(*) as n from pg_locks where locktype = 'advisory' and not granted`)
    return Number(waiting?.n) > 0
  })
  expect(await follow(auditor, {}, '1')).toMatchObject({ told: [], position: 1 })
  letGo()
  await Promise.all([slow, behind])
  expect((await follow(auditor, {}, '1')).told).toMatchObject([
    { seq: 2, action: 'slow.done' },
    { seq: 3, action: 'fast.done' },
  ])
})

test('while writers on two pools of connections race, followers that come back at random places hear every event once, in order', async () => {
  const organizationId = newId()
  const auditor = auditorOf(organizationId)
  const second = await openDatabase(audit.database, { url: subgraph.config.databaseUrl, poolMax: 4 })
  const contexts = [subgraph.ctxFor(auditor), { ...subgraph.ctxFor(auditor), db: second }]
  const count = 120
  const writer = async (w: number) => {
    for (let n = w; n < count; n += 4) {
      const ctx = contexts[w % 2] ?? subgraph.ctxFor(auditor)
      await appendAuditEvent(ctx, deliveredRecord(organizationId, { action: n % 3 ? 'run.started' : 'agent.created' }))
    }
  }
  const follower = async () => {
    const heard: number[] = []
    let place = 0
    await waitFor('all events', async () => {
      const { told, blocks } = await follow(auditor, { after: 0 }, `${place}`)
      // A connection may break after any block: what came until then counts, and the place that came with it.
      const cut = Math.random() < 0.5 ? blocks.length : Math.ceil(Math.random() * blocks.length)
      const got = blocks.slice(0, cut)
      heard.push(...told.slice(0, got.filter(({ event }) => event === 'next').length).map(({ seq }) => seq))
      place = got.findLast(({ id }) => id !== null)?.id ?? place
      return place >= count
    })
    return heard
  }
  const [heard] = await Promise.all([Promise.all([follower(), follower(), follower()]), ...[0, 1, 2, 3].map(writer)])
  await second.orm.close()
  for (const each of heard) expect(each).toEqual(upTo(count))
})
