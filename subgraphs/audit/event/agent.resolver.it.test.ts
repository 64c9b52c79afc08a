import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#platform/id'
import { tell } from '../../../tests/kit/audit-event.ts'
import { memberCaller } from '../../../tests/kit/organizations.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { auditConfig } from '../config.ts'
import { audit } from '../subgraph.ts'
import { findEventsOf } from './event.queries.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(audit, auditConfig)
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())

const tellOf = (organizationId: string, ...ids: readonly string[]) =>
  tell(subgraph.ctxFor, organizationId, { targets: ids.map((id) => ({ type: 'agent', id, name: null })) })

const entities = `query ($agents: [_Any!]!) { _entities(representations: $agents) { ... on Agent {
  id auditEvents(first: 2) { totalCount edges { cursor node { id action } } pageInfo { hasNextPage } }
} } }`
const agents = (ids: readonly string[]) => ({ agents: ids.map((id) => ({ __typename: 'Agent', id })) })

test('an agent knows what happened to it, newest first, each event once however often it names the agent', async () => {
  const organizationId = newId()
  const [one, two, quiet] = [newId(), newId(), newId()]
  const first = await tellOf(organizationId, one)
  const both = await tellOf(organizationId, two, one, one)
  const last = await tellOf(organizationId, one)
  const answer = await subgraph.ask(memberCaller(organizationId, ['auditor']), entities, agents([one, two, quiet, '?']))
  expect(answer.data?._entities).toMatchObject([
    {
      id: one,
      auditEvents: {
        totalCount: 3,
        edges: [{ node: { id: last } }, { node: { id: both } }],
        pageInfo: { hasNextPage: true },
      },
    },
    { id: two, auditEvents: { totalCount: 1, edges: [{ node: { id: both, action: 'thing.done' } }] } },
    { id: quiet, auditEvents: { totalCount: 0, edges: [] } },
    { id: '?', auditEvents: { totalCount: 0, edges: [] } },
  ])
  const pages = (args: object) =>
    findEventsOf(subgraph.ctxFor(memberCaller(organizationId, ['auditor'])), one, args).then((page) =>
      page.edges.map((edge) => edge.node.id),
    )
  const found = answer.data?._entities as unknown as { auditEvents: { edges: { cursor: string }[] } }[] | undefined
  const cursor = found?.[0]?.auditEvents.edges[1]?.cursor
  expect(await pages({ first: 9 })).toEqual([last, both, first])
  expect(await pages({ first: 2, after: cursor })).toEqual([first])
  expect(await pages({ last: 2, before: cursor })).toEqual([last])
})

test('events of 50 agents are read by one statement, and counted by one more', async () => {
  const organizationId = newId()
  const ids = Array.from({ length: 50 }, () => newId())
  const told: string[] = []
  for (const id of ids) told.push(await tellOf(organizationId, id))
  const ctx = subgraph.ctxFor(memberCaller(organizationId, ['auditor']))
  subgraph.statements.length = 0
  const data = () => subgraph.statements.filter((sql) => /\bfrom\b/.test(sql))
  const pages = await Promise.all(ids.map((id) => findEventsOf(ctx, id, { first: 3 })))
  expect(pages.map((page) => page.edges.map((edge) => edge.node.id))).toEqual(told.map((id) => [id]))
  expect(pages[0]?.edges[0]?.node).toMatchObject({ seq: 1, occurredAt: expect.any(Date), context: { detail: {} } })
  expect(data()).toHaveLength(1)
  expect(await Promise.all(pages.map((page) => page.count()))).toEqual(ids.map(() => 1))
  expect(data()).toHaveLength(2)
})

test('who may read agents but not the audit trail gets the agent without its events', async () => {
  const organizationId = newId()
  const id = newId()
  await tellOf(organizationId, id)
  const answer = await subgraph.ask(memberCaller(organizationId, ['viewer']), entities, agents([id]))
  expect(answer.data?._entities).toEqual([{ id, auditEvents: null }])
  expect(answer.errors?.map((error) => error.extensions.code)).toEqual(['FORBIDDEN'])
})

test('an agent of another organization has no events', async () => {
  const id = newId()
  await tellOf(newId(), id)
  const answer = await subgraph.ask(memberCaller(newId(), ['auditor']), entities, agents([id]))
  expect(answer.data?._entities).toMatchObject([{ id, auditEvents: { totalCount: 0, edges: [] } }])
})
