import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemCaller, systemOrganizationId } from '#platform/caller/caller'
import { findPage } from '#platform/graphql/find-page'
import { newId } from '#platform/id'
import { deliveredRecord } from '../../../tests/kit/audit-event.ts'
import { memberCaller } from '../../../tests/kit/organizations.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { auditConfig } from '../config.ts'
import { appendAuditEvent } from '../jobs.ts'
import { audit } from '../subgraph.ts'
import { AuditEvent } from './event.entity.ts'
import { loadTargets } from './event.queries.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(audit, auditConfig)
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())

type Said = Parameters<typeof deliveredRecord>[1]

async function tell(organizationId: string, said: Said = {}): Promise<string> {
  const event = deliveredRecord(organizationId, said)
  await appendAuditEvent(subgraph.ctxFor(systemCaller(organizationId)), event)
  return event.id
}

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

test('an auditor reads an event whole', async () => {
  const organizationId = newId()
  const id = await tell(organizationId, {
    action: 'role.assigned',
    occurredAt: '2026-11-21T08:15:30.123Z',
    outcome: 'refused',
    targets: [
      { type: 'user', id: 'u2', name: 'Ann' },
      { type: 'role', id: 'owner', name: null },
    ],
    context: { requestId: 'r', traceId: 't', address: '203.0.113.5', detail: { roles: ['owner'], deep: { n: 1.5 } } },
  })
  const answer = await subgraph.ask(
    memberCaller(organizationId, ['auditor']),
    `query ($id: ID!) { auditEvent(id: $id) {
      id seq occurredAt action outcome targets { type id name } context { requestId traceId address detail }
    } }`,
    { id },
  )
  expect(answer).toEqual({
    data: {
      auditEvent: {
        id,
        seq: 1,
        occurredAt: '2026-11-21T08:15:30.123Z',
        action: 'role.assigned',
        outcome: 'REFUSED',
        targets: [
          { type: 'user', id: 'u2', name: 'Ann' },
          { type: 'role', id: 'owner', name: null },
        ],
        context: {
          requestId: 'r',
          traceId: 't',
          address: '203.0.113.5',
          detail: { roles: ['owner'], deep: { n: 1.5 } },
        },
      },
    },
  })
})

test('an event names its actor: a user, an agent and for whom, the platform, or somebody not signed in', async () => {
  const organizationId = newId()
  const [userId, agentId] = [newId(), newId()]
  await tell(organizationId, { actor: { type: 'user', id: userId, onBehalfOf: null } })
  await tell(organizationId, { actor: { type: 'agent', id: agentId, onBehalfOf: userId } })
  await tell(organizationId, { actor: { type: 'system', id: null, onBehalfOf: null } })
  await tell(organizationId, {
    actor: { type: 'anonymous', id: null, onBehalfOf: null },
    context: { address: '203.0.113.5' },
  })
  const answer = await subgraph.ask(
    memberCaller(organizationId, ['auditor']),
    `{ auditEvents(first: 4) { edges { node { onBehalfOf { id } actor {
      __typename ... on User { id } ... on Agent { id } ... on SystemActor { name } ... on AnonymousActor { address }
    } } } } }`,
  )
  expect(answer.data?.auditEvents).toEqual({
    edges: [
      { node: { actor: { __typename: 'AnonymousActor', address: '203.0.113.5' }, onBehalfOf: null } },
      { node: { actor: { __typename: 'SystemActor', name: 'platform' }, onBehalfOf: null } },
      { node: { actor: { __typename: 'Agent', id: agentId }, onBehalfOf: { id: userId } } },
      { node: { actor: { __typename: 'User', id: userId }, onBehalfOf: null } },
    ],
  })
})

test('conditions of the filter narrow together; actions widen among themselves', async () => {
  const organizationId = newId()
  const [ann, bot] = [newId(), newId()]
  await tell(organizationId, {
    action: 'agent.created',
    actor: { type: 'user', id: ann, onBehalfOf: null },
    targets: [
      { type: 'agent', id: bot, name: null },
      { type: 'version', id: bot, name: null },
    ],
  })
  await tell(organizationId, {
    action: 'agent.published',
    outcome: 'refused',
    actor: { type: 'user', id: ann, onBehalfOf: null },
    targets: [{ type: 'agent', id: bot, name: null }],
  })
  await tell(organizationId, { action: 'agent-version.read', actor: { type: 'agent', id: bot, onBehalfOf: ann } })
  await tell(organizationId, { action: 'run.started' })

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
    await tell(organizationId, { action: `at.${'abc'[Number(hour) - 8]}`, occurredAt: `2026-11-21T${hour}:00:00Z` })
  const found = (occurredAfter?: string, occurredBefore?: string) =>
    actionsFound(organizationId, { occurredAfter, occurredBefore })
  expect(await found('2026-11-21T08:00:00Z', '2026-11-21T10:00:00Z')).toEqual(['at.a', 'at.b'])
  expect(await found('2026-11-21T08:00:00.001Z')).toEqual(['at.b', 'at.c'])
  expect(await found(undefined, '2026-11-21T08:00:00Z')).toEqual([])
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

test('paging meets every event once, without gap, while new ones arrive', async () => {
  const organizationId = newId()
  const caller = memberCaller(organizationId, ['auditor'])
  const ids: string[] = []
  for (let i = 0; i < 60; i += 1) ids.push(await tell(organizationId))
  const walk = async (query: string, next: (info: Record<string, string | boolean>) => string | undefined) => {
    const met: string[] = []
    for (let cursor: string | undefined, more = true; more; ) {
      const answer = await subgraph.ask(caller, query, { cursor })
      const page = answer.data?.auditEvents as unknown as {
        edges: { node: { id: string } }[]
        pageInfo: Record<string, string | boolean>
      }
      met.push(...page.edges.map((edge) => edge.node.id))
      cursor = next(page.pageInfo)
      more = cursor !== undefined
      await tell(organizationId)
    }
    return met
  }
  const info = 'edges { node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }'
  const newestFirst = await walk(
    `query ($cursor: String) { auditEvents(first: 7, after: $cursor) { ${info} } }`,
    (page) => (page.hasNextPage === true ? String(page.endCursor) : undefined),
  )
  expect(newestFirst).toEqual(ids.toReversed())

  const fromOldest = await walk(
    `query ($cursor: String) { auditEvents(last: 7, before: $cursor) { ${info} } }`,
    (page) => (page.hasPreviousPage === true ? String(page.startCursor) : undefined),
  )
  expect(new Set(fromOldest).size).toBe(fromOldest.length)
  expect(fromOldest).toEqual(expect.arrayContaining(ids))
})

test('an event of another organization is answered like one that never was', async () => {
  const id = await tell(newId(), { targets: [{ type: 'agent', id: 'shared-name', name: null }] })
  const stranger = memberCaller(newId(), ['auditor', 'owner'])
  const query = 'query ($id: ID!) { auditEvent(id: $id) { id } }'
  const foreign = await subgraph.ask(stranger, query, { id })
  expect(foreign.errors?.[0]?.extensions.code).toBe('NOT_FOUND')
  expect(await subgraph.ask(stranger, query, { id: newId() })).toEqual(foreign)
  expect(await subgraph.ask(stranger, query, { id: 'no id at all' })).toEqual(foreign)
  expect(await actionsFound(stranger.organizationId, { targetId: 'shared-name' })).toEqual([])
})

test('what belongs to no organization is read in the system organization only', async () => {
  const agentId = newId()
  await tell(systemOrganizationId, { action: 'session.refused', targets: [{ type: 'agent', id: agentId, name: null }] })
  expect(await actionsFound(systemOrganizationId, { targetId: agentId })).toEqual(['session.refused'])
  expect(await actionsFound(newId(), { targetId: agentId })).toEqual([])
})

test.each([['viewer'], ['operator']])('without audit:read nothing is read: %s', async (role) => {
  const organizationId = newId()
  const id = await tell(organizationId)
  const answer = await subgraph.ask(
    memberCaller(organizationId, [role]),
    'query ($id: ID!) { auditEvent(id: $id) { id } auditEvents { totalCount } }',
    { id },
  )
  expect(answer.data).toEqual({ auditEvent: null, auditEvents: null })
  expect(answer.errors?.map((error) => error.extensions.code)).toEqual(['FORBIDDEN', 'FORBIDDEN'])
})

test('the targets of a page of events are read by one statement', async () => {
  const organizationId = newId()
  for (let i = 0; i < 20; i += 1)
    await tell(organizationId, { targets: [{ type: 'agent', id: `thing-${i}`, name: null }] })
  const ctx = subgraph.ctxFor(memberCaller(organizationId, ['auditor']))
  const page = await findPage(ctx, AuditEvent, {}, {})
  subgraph.statements.length = 0
  const targets = await Promise.all(page.edges.map(({ node }) => loadTargets(ctx, node.id)))
  expect(targets.map(([target]) => target?.targetId)).toEqual(Array.from({ length: 20 }, (_, i) => `thing-${19 - i}`))
  expect(subgraph.statements.filter((sql) => sql.includes('event_target'))).toHaveLength(1)
})
