import { graphql } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { federate } from '#platform/graphql/federate'
import { newId } from '#platform/id'
import { type Agents, claimed, newAgent, newPlace, openAgents, type Place, storedStep } from '../../tests/kit/agents.ts'
import { newApproval } from '../../tests/kit/approvals.ts'
import { memberCaller } from '../../tests/kit/organizations.ts'
import { startRun } from './run/start-run.ts'
import { agents } from './subgraph.ts'

let subgraph: Agents
let schema: Awaited<ReturnType<typeof federate>>['schema']
beforeAll(async () => {
  subgraph = await openAgents()
  schema = (await federate(agents)).schema
})
afterAll(() => subgraph.close())

/** Answers within this process, where the statements can be counted. */
async function ask(place: Place, source: string, variableValues: Record<string, unknown> = {}) {
  subgraph.statements.length = 0
  const answer = await graphql({ schema, source, variableValues, contextValue: subgraph.ctxFor(place.owner) })
  expect(answer.errors).toBeUndefined()
  const data = JSON.parse(JSON.stringify(answer.data)) as Record<string, never>
  return { data, statements: subgraph.statements.filter((sql) => /\bfrom\b/.test(sql) && !/count\(/.test(sql)) }
}

/** Agents that use one connection, each with two runs, one of them with a stored step, started by a user of its own. */
async function fill(place: Place, connection: string, size: number) {
  const agentIds: string[] = []
  const userIds: string[] = []
  for (let n = 0; n < size; n += 1) {
    const starter = memberCaller(place.organizationId, ['owner'])
    const agent = await newAgent(place, {
      grants: [],
      steps: [{ id: 'read', kind: 'tool', connection, action: 'query' }],
    })
    const { id } = await startRun(subgraph.ctxFor(starter), { agentId: agent.id, input: { n } })
    await startRun(subgraph.ctxFor(starter), { agentId: agent.id })
    const run = await claimed(place, id)
    await storedStep(place, run, 'read', { n })
    agentIds.push(agent.id)
    userIds.push(starter.userId ?? '')
  }
  return { agentIds, userIds }
}

test('a list of runs with all that hangs on them costs one statement per hop, whatever its length', async () => {
  const place = newPlace(subgraph)
  const query = `{ runs(first: 50) { totalCount edges { node {
    id status input output error { code } queuedAt startedBy { id }
    steps { path kind status attempt output startedAt }
    version { number definition createdAt }
    agent { name publishedVersion { number } runs(first: 5) { totalCount edges { node { id queuedAt } } } }
  } } } }`
  await fill(place, newId(), 2)
  const few = await ask(place, query)
  await fill(place, newId(), 6)
  const many = await ask(place, query)
  expect(few.data.runs).toMatchObject({ totalCount: 4 })
  expect(many.data.runs).toMatchObject({ totalCount: 16 })
  // Runs; their steps, versions and agents; the agents' runs. The published versions are the runs' and loaded already.
  expect(many.statements).toHaveLength(5)
  expect(few.statements).toHaveLength(5)
})

test('whose a row is and what it works on decides its fields without another statement', async () => {
  const place = newPlace(subgraph)
  const query = `{ runs(first: 50) { edges { node { input output startedBy { id } steps { output } version { definition } } } } }`
  const counts: number[] = []
  for (const size of [2, 6]) {
    await fill(place, newId(), size)
    for (const caller of [place.owner, place.viewer]) {
      subgraph.statements.length = 0
      const answer = await graphql({ schema, source: query, contextValue: subgraph.ctxFor(caller) })
      expect(answer.errors === undefined).toBe(caller === place.owner)
      counts.push(subgraph.statements.filter((sql) => /\bfrom\b/.test(sql)).length)
    }
  }
  // Runs, their steps, their versions.
  expect(counts).toEqual([3, 3, 3, 3])
})

test('references from other subgraphs are answered by one statement per hop, in the order asked for', async () => {
  const place = newPlace(subgraph)
  const connections = [newId(), newId()]
  const one = await fill(place, connections[0] ?? '', 3)
  const other = await fill(place, connections[1] ?? '', 2)
  const userIds = [...one.userIds, ...other.userIds].toReversed()
  const agentIds = [...one.agentIds, ...other.agentIds].toReversed()
  const representations = [
    ...userIds.map((id) => ({ __typename: 'User', id })),
    ...agentIds.map((id) => ({ __typename: 'Agent', id })),
    ...connections.map((id) => ({ __typename: 'Connection', id })),
  ]
  const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
    ... on User { id runs(first: 1) { totalCount pageInfo { hasNextPage } edges { node { startedBy { id } queuedAt } } } }
    ... on Agent { id createdAt publishedVersion { number } }
    ... on Connection { id usedBy { id createdAt } }
  } }`
  const { data, statements } = await ask(place, query, { representations })
  expect(data._entities).toMatchObject([
    ...userIds.map((id) => ({
      id,
      runs: { totalCount: 2, pageInfo: { hasNextPage: true }, edges: [{ node: { startedBy: { id } } }] },
    })),
    ...agentIds.map((id) => ({ id, publishedVersion: { number: 1 } })),
    { id: connections[0], usedBy: one.agentIds.toReversed().map((id) => ({ id })) },
    { id: connections[1], usedBy: other.agentIds.toReversed().map((id) => ({ id })) },
  ])
  // Agents, their versions, the users' runs, the connections' agents.
  expect(statements).toHaveLength(4)
})

test('a run that waits until somebody answers is listed with its agent too', async () => {
  const place = newPlace(subgraph)
  const { runId } = await newApproval(place)
  const { data } = await ask(place, '{ agents { edges { node { runs { edges { node { id status } } } } } } }')
  expect(JSON.stringify(data)).toContain(JSON.stringify({ id: runId, status: 'WAITING' }))
})
