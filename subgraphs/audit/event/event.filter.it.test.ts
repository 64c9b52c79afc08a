import type { QBFilterQuery } from '@mikro-orm/postgresql'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { systemCaller } from '#platform/caller/caller'
import { read } from '#platform/db/read'
import { write } from '#platform/db/write'
import { newId } from '#platform/id'
import { tell } from '../../../tests/kit/audit-event.ts'
import { memberCaller } from '../../../tests/kit/organizations.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { auditConfig } from '../config.ts'
import { audit } from '../subgraph.ts'
import { AuditEvent } from './event.entity.ts'
import { matching } from './event.filter.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(audit, auditConfig)
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())

async function actionsFound(organizationId: string, filter: object): Promise<string[]> {
  const answer = await subgraph.ask(
    memberCaller(organizationId, ['auditor']),
    'query ($filter: AuditEventFilter) { auditEvents(filter: $filter) { totalCount edges { node { action } } } }',
    { filter },
  )
  const found = answer.data?.auditEvents as { totalCount: number; edges: { node: { action: string } }[] } | undefined
  const actions = found?.edges.map((edge) => edge.node.action)
  expect(found?.totalCount, JSON.stringify(answer.errors)).toBe(actions?.length)
  return actions?.sort() ?? []
}

test('conditions of the filter narrow together; actions widen among themselves', async () => {
  const organizationId = newId()
  const [ann, bot] = [newId(), newId()]
  await tell(subgraph.ctxFor, organizationId, {
    action: 'agent.created',
    actor: { type: 'user', id: ann, onBehalfOf: null },
    targets: [
      { type: 'agent', id: bot, name: null },
      { type: 'version', id: bot, name: null },
    ],
  })
  await tell(subgraph.ctxFor, organizationId, {
    action: 'agent.published',
    outcome: 'refused',
    actor: { type: 'user', id: ann, onBehalfOf: null },
    targets: [{ type: 'agent', id: bot, name: null }],
  })
  await tell(subgraph.ctxFor, organizationId, {
    action: 'agent-version.read',
    actor: { type: 'agent', id: bot, onBehalfOf: ann },
  })
  await tell(subgraph.ctxFor, organizationId, { action: 'run.started' })

  const found = (filter: object) => actionsFound(organizationId, filter)
  expect(await found({})).toHaveLength(4)
  expect(await found({ actions: ['agent.*'] })).toEqual(['agent.created', 'agent.published'])
  expect(await found({ actions: ['agent.created', 'run.*'] })).toEqual(['agent.created', 'run.started'])
  expect(await found({ actions: [] })).toEqual([])
  expect(await found({ actorId: ann })).toEqual(['agent.created', 'agent.published'])
  expect(await found({ actorId: 'no id at all' })).toEqual([])
  expect(await found({ targetId: bot })).toEqual(['agent.created', 'agent.published'])
  expect(await found({ targetId: bot, actorId: ann, outcome: 'REFUSED' })).toEqual(['agent.published'])
  expect(await found({ outcome: 'SUCCEEDED', actions: ['agent.*'] })).toEqual(['agent.created'])
  expect(await found({ actions: null, actorId: null, outcome: null, occurredAfter: null })).toHaveLength(4)
})

test('a stretch of time begins with its first moment and ends before its last', async () => {
  const organizationId = newId()
  for (const hour of ['08', '09', '10'])
    await tell(subgraph.ctxFor, organizationId, {
      action: `at.${'abc'[Number(hour) - 8]}`,
      occurredAt: `2026-11-21T${hour}:00:00Z`,
    })
  const found = (occurredAfter?: string, occurredBefore?: string) =>
    actionsFound(organizationId, { occurredAfter, occurredBefore })
  expect(await found('2026-11-21T08:00:00Z', '2026-11-21T10:00:00Z')).toEqual(['at.a', 'at.b'])
  expect(await found('2026-11-21T08:00:00.001Z')).toEqual(['at.b', 'at.c'])
  expect(await found(undefined, '2026-11-21T08:00:00Z')).toEqual([])
  expect(await found('0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z')).toHaveLength(3)
  expect(await found(undefined, '0000-01-01T00:00:00Z')).toEqual([])
})

test.each<{ meant: string; filter: object }>([
  { meant: 'an action that is a pattern', filter: { actions: ['%'] } },
  { meant: 'a wildcard of SQL', filter: { actions: ['agent.%'] } },
  { meant: 'a star alone', filter: { actions: ['*'] } },
  { meant: 'too many actions', filter: { actions: Array.from({ length: 51 }, () => 'agent.created') } },
  { meant: 'a moment that is none', filter: { occurredAfter: 'yesterday' } },
])('a filter that cannot be meant is refused: $meant', async ({ filter }) => {
  const answer = await subgraph.ask(
    memberCaller(newId(), ['auditor']),
    'query ($filter: AuditEventFilter) { auditEvents(filter: $filter) { totalCount } }',
    { filter },
  )
  expect(answer.errors?.map((error) => error.extensions.code)).toEqual(['BAD_USER_INPUT'])
})

test('all actions of a noun are found by their index, also under row-level security', async () => {
  const organizationId = newId()
  const ctx = subgraph.ctxFor(systemCaller(organizationId))
  await write(ctx, 'trail.filled', async (tx) => {
    tx.unchanged()
    await tx.em.execute(
      `insert into audit.event (organization_id, id, seq, occurred_at, recorded_at, action, actor_type, outcome, context)
       select ?, gen_random_uuid(), n, now(), now(), 'noun-' || n % 50 || '.happened', 'system', 'succeeded', '{}'
       from generate_series(1, 5000) as n`,
      [organizationId],
    )
  })
  const owner = new Client({ connectionString: inject('databaseUrl') })
  await owner.connect()
  await owner.query('analyze audit.event')
  await owner.end()
  const sql = subgraph.db.orm.em
    .fork()
    .createQueryBuilder(AuditEvent)
    .where({ organizationId })
    .andWhere(matching(ctx, { actions: ['noun-x.*'] }) as QBFilterQuery<AuditEvent>)
    .getFormattedQuery()
  const plan = await read(ctx, (em) => em.execute<{ 'QUERY PLAN': string }[]>(`explain ${sql}`))
  const condition = plan.map((line) => line['QUERY PLAN']).find((line) => line.includes('Index Cond'))
  expect(condition).toMatch(/action.* >= 'noun-x\..*action.* < 'noun-x\//)
})
