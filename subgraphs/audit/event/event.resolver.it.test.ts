import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemOrganizationId } from '#platform/caller/caller'
import { findPage } from '#platform/graphql/find-page'
import { newId } from '#platform/id'
import { tell } from '../../../tests/kit/audit-event.ts'
import { memberCaller } from '../../../tests/kit/organizations.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { auditConfig } from '../config.ts'
import { audit } from '../subgraph.ts'
import { AuditEvent } from './event.entity.ts'
import { loadTargets } from './event.queries.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(audit, auditConfig)
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())

test('an auditor reads an event whole', async () => {
  const organizationId = newId()
  const id = await tell(subgraph.ctxFor, organizationId, {
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

test('an event names its actor: a user, an agent or an API key and for whom, the platform, or somebody not signed in', async () => {
  const organizationId = newId()
  const [userId, agentId, keyId] = [newId(), newId(), newId()]
  await tell(subgraph.ctxFor, organizationId, { actor: { type: 'user', id: userId, onBehalfOf: null } })
  await tell(subgraph.ctxFor, organizationId, { actor: { type: 'agent', id: agentId, onBehalfOf: userId } })
  await tell(subgraph.ctxFor, organizationId, { actor: { type: 'api-key', id: keyId, onBehalfOf: userId } })
  await tell(subgraph.ctxFor, organizationId, { actor: { type: 'system', id: null, onBehalfOf: null } })
  await tell(subgraph.ctxFor, organizationId, {
    actor: { type: 'anonymous', id: null, onBehalfOf: null },
    context: { address: '203.0.113.5' },
  })
  const answer = await subgraph.ask(
    memberCaller(organizationId, ['auditor']),
    `{ auditEvents(first: 5) { edges { node { onBehalfOf { id } actor {
      __typename ... on User { id } ... on Agent { id } ... on ApiKey { id } ... on SystemActor { name } ... on AnonymousActor { address }
    } } } } }`,
  )
  expect(answer.data?.auditEvents).toEqual({
    edges: [
      { node: { actor: { __typename: 'AnonymousActor', address: '203.0.113.5' }, onBehalfOf: null } },
      { node: { actor: { __typename: 'SystemActor', name: 'platform' }, onBehalfOf: null } },
      { node: { actor: { __typename: 'ApiKey', id: keyId }, onBehalfOf: { id: userId } } },
      { node: { actor: { __typename: 'Agent', id: agentId }, onBehalfOf: { id: userId } } },
      { node: { actor: { __typename: 'User', id: userId }, onBehalfOf: null } },
    ],
  })
})

test('paging meets every event once, without gap, while new ones arrive', async () => {
  const organizationId = newId()
  const caller = memberCaller(organizationId, ['auditor'])
  const ids: string[] = []
  for (let i = 0; i < 60; i += 1) ids.push(await tell(subgraph.ctxFor, organizationId))
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
      await tell(subgraph.ctxFor, organizationId)
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
  const id = await tell(subgraph.ctxFor, newId())
  const stranger = memberCaller(newId(), ['auditor', 'owner'])
  const query = 'query ($id: ID!) { auditEvent(id: $id) { id } }'
  const foreign = await subgraph.ask(stranger, query, { id })
  expect(foreign.errors?.[0]?.extensions.code).toBe('NOT_FOUND')
  expect(await subgraph.ask(stranger, query, { id: newId() })).toEqual(foreign)
  expect(await subgraph.ask(stranger, query, { id: 'no id at all' })).toEqual(foreign)
})

test('what belongs to no organization is read in the system organization only', async () => {
  const targetId = newId()
  const id = await tell(subgraph.ctxFor, systemOrganizationId, {
    targets: [{ type: 'thing', id: targetId, name: null }],
  })
  const read = async (organizationId: string) => {
    const answer = await subgraph.ask(
      memberCaller(organizationId, ['auditor']),
      'query ($targetId: ID!) { auditEvents(filter: { targetId: $targetId }) { totalCount edges { node { id } } } }',
      { targetId },
    )
    return answer.data?.auditEvents
  }
  expect(await read(systemOrganizationId)).toEqual({ totalCount: 1, edges: [{ node: { id } }] })
  expect(await read(newId())).toEqual({ totalCount: 0, edges: [] })
})

test.each([['viewer'], ['operator']])('without audit:read nothing is read: %s', async (role) => {
  const organizationId = newId()
  const id = await tell(subgraph.ctxFor, organizationId)
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
    await tell(subgraph.ctxFor, organizationId, { targets: [{ type: 'agent', id: `thing-${i}`, name: null }] })
  const ctx = subgraph.ctxFor(memberCaller(organizationId, ['auditor']))
  const page = await findPage(ctx, AuditEvent, {}, {})
  subgraph.statements.length = 0
  const targets = await Promise.all(page.edges.map(({ node }) => loadTargets(ctx, node.id)))
  expect(targets.map(([target]) => target?.targetId)).toEqual(Array.from({ length: 20 }, (_, i) => `thing-${19 - i}`))
  expect(subgraph.statements.filter((sql) => sql.includes('event_target'))).toHaveLength(1)
})
