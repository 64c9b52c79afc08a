import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anonymousCaller, type Caller, systemCaller } from '#platform/caller/caller'
import { newId } from '#platform/id'
import { type Agents, newAgent, newPlace, newRun, openAgents, smallDefinition } from '../../tests/kit/agents.ts'
import { memberCaller } from '../../tests/kit/organizations.ts'

let subgraph: Agents
beforeAll(async () => {
  subgraph = await openAgents()
})
afterAll(() => subgraph.close())

/** Every query and mutation, with the scopes of which it needs one. */
const operations: Record<string, { scopes: readonly string[]; text: string }> = {
  agent: { scopes: ['agent:read'], text: 'query ($agentId: ID!) { agent(id: $agentId) { id } }' },
  agents: { scopes: ['agent:read'], text: '{ agents { edges { node { id } } } }' },
  run: { scopes: ['run:read', 'run:start'], text: 'query ($runId: ID!) { run(id: $runId) { id } }' },
  runs: { scopes: ['run:read', 'run:start'], text: '{ runs { edges { node { id } } } }' },
  createAgent: {
    scopes: ['agent:write'],
    text: 'mutation ($name: String!) { createAgent(input: { name: $name }) { id } }',
  },
  publishAgentVersion: {
    scopes: ['agent:publish'],
    text: 'mutation ($agentId: ID!, $definition: JSON!) { publishAgentVersion(input: { agentId: $agentId, definition: $definition }) { id } }',
  },
  startRun: {
    scopes: ['run:start'],
    text: 'mutation ($agentId: ID!) { startRun(input: { agentId: $agentId }) { id } }',
  },
  cancelRun: {
    scopes: ['run:cancel', 'run:start'],
    text: 'mutation ($runId: ID!) { cancelRun(input: { runId: $runId }) { id } }',
  },
  replayRun: {
    scopes: ['run:replay'],
    text: 'mutation ($runId: ID!) { replayRun(input: { runId: $runId }) { id } }',
  },
  archiveAgent: {
    scopes: ['agent:write'],
    text: 'mutation ($agentId: ID!) { archiveAgent(input: { agentId: $agentId }) { id } }',
  },
}
const byId = Object.entries(operations).filter(([, { text }]) => /\$(agentId|runId)/.test(text))

const ask = (caller: Caller, text: string, ids: { agentId: string; runId: string }) =>
  subgraph.ask(
    caller,
    text,
    Object.fromEntries(
      Object.entries({ ...ids, name: `Agent ${newId()}`, definition: smallDefinition() }).filter(([name]) =>
        text.includes(`$${name}:`),
      ),
    ),
  )

async function things(place = newPlace(subgraph)) {
  return { place, ids: { agentId: (await newAgent(place)).id, runId: (await newRun(place)).id } }
}

describe.each(Object.entries(operations))('%s', (_name, { scopes, text }) => {
  test('is open to the owner', async () => {
    const { place, ids } = await things()
    expect((await ask(place.owner, text, ids)).errors).toBeUndefined()
  })

  test(`is closed to the viewer unless it only reads`, async () => {
    const { place, ids } = await things()
    const answer = await ask(place.viewer, text, ids)
    const codes = answer.errors?.map((error) => error.extensions.code)
    expect(codes).toEqual(scopes[0]?.endsWith(':read') ? undefined : ['FORBIDDEN'])
  })

  test(`asks for ${scopes.join(' or ')}`, async () => {
    const { place, ids } = await things()
    const all = { ...place.owner, scopes: place.owner.scopes.filter((each) => !scopes.includes(each)) }
    expect((await ask(all, text, ids)).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  })

  test('is closed to the anonymous and to the system', async () => {
    const { place, ids } = await things()
    const anonymous = await ask({ ...anonymousCaller(null), organizationId: place.organizationId }, text, ids)
    expect(anonymous.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
    const system = await ask(systemCaller(place.organizationId), text, ids)
    expect(system.errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  })
})

test.each(byId)(
  '%s answers an id of another organization like a missing one, and like what is no id',
  async (_name, { text }) => {
    const { ids } = await things()
    const outsider = newPlace(subgraph).owner
    const [foreign, missing, malformed] = await Promise.all([
      ask(outsider, text, ids),
      ask(outsider, text, { agentId: newId(), runId: newId() }),
      ask(outsider, text, { agentId: 'agent-1', runId: `'; drop table agents.run; --` }),
    ])
    expect(foreign.errors?.[0]?.extensions.code).toBe('NOT_FOUND')
    expect(foreign).toEqual(missing)
    expect(foreign).toEqual(malformed)
  },
)

test('lists and references show nothing of another organization', async () => {
  const { place, ids } = await things()
  const outsider = newPlace(subgraph).owner
  const lists = await subgraph.ask(outsider, '{ agents { totalCount } runs { totalCount } }')
  expect(lists.data).toEqual({ agents: { totalCount: 0 }, runs: { totalCount: 0 } })
  for (const agentId of [ids.agentId, newId(), 'no id']) {
    const filtered = await subgraph.ask(
      outsider,
      `{ runs(agentId: "${agentId}") { totalCount edges { node { id } } } }`,
    )
    expect(filtered.data).toEqual({ runs: { totalCount: 0, edges: [] } })
  }
  const representations = [
    { __typename: 'Agent', id: ids.agentId },
    { __typename: 'Agent', id: 'no id' },
    { __typename: 'User', id: place.owner.userId },
    { __typename: 'User', id: 'no id' },
  ]
  const references = await subgraph.ask(
    outsider,
    'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Agent { id } ... on User { runs { totalCount } } } }',
    { r: representations },
  )
  expect(references.data?._entities).toEqual([null, null, { runs: { totalCount: 0 } }, null])
})

test('who may start runs but not read them reads what they started, and nothing else of anybody’s', async () => {
  const { place, ids } = await things()
  const starter = { ...memberCaller(place.organizationId, []), scopes: ['run:start'] }
  const started = await subgraph.ask(
    starter,
    'mutation ($id: ID!) { startRun(input: { agentId: $id }) { id status agent { name } startedBy { id runs { edges { node { input } } } } } }',
    { id: ids.agentId },
  )
  expect(started.data?.startRun).toMatchObject({
    status: 'QUEUED',
    agent: null,
    startedBy: { id: starter.userId, runs: { edges: [{ node: { input: {} } }] } },
  })
  const others = await subgraph.ask(
    starter,
    'query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { runs { totalCount } } } }',
    { r: [{ __typename: 'User', id: place.owner.userId }] },
  )
  expect(others.data?._entities).toEqual([{ runs: null }])
})

test('who may end runs but not read them is shown nothing of another’s run', async () => {
  const { place, ids } = await things()
  const canceller = { ...memberCaller(place.organizationId, []), scopes: ['run:cancel'] }
  const cancel = (fields: string) =>
    subgraph.ask(canceller, `mutation { cancelRun(input: { runId: "${ids.runId}" }) { ${fields} } }`)
  expect((await cancel('__typename')).data).toEqual({ cancelRun: { __typename: 'Run' } })
  for (const [field, data] of [
    ['input', { cancelRun: { input: null } }],
    ['status', null],
  ] as const) {
    const answer = await cancel(field)
    expect([answer.data, answer.errors?.[0]?.extensions.code]).toEqual([data, 'FORBIDDEN'])
  }
})

test('the lists filter and page', async () => {
  const place = newPlace(subgraph)
  const runs = [await newRun(place), await newRun(place), await newRun(place)]
  const page = await subgraph.ask(
    place.viewer,
    '{ runs(first: 2, status: QUEUED) { totalCount pageInfo { hasNextPage } edges { node { id } } } }',
  )
  expect(page.data?.runs).toEqual({
    totalCount: 3,
    pageInfo: { hasNextPage: true },
    edges: [{ node: { id: runs[2]?.id } }, { node: { id: runs[1]?.id } }],
  })
  const ofOne = await subgraph.ask(
    place.viewer,
    `{ runs(agentId: "${runs[0]?.agentId}") { edges { node { id } } } failed: runs(status: FAILED) { totalCount } }`,
  )
  expect(ofOne.data).toEqual({ runs: { edges: [{ node: { id: runs[0]?.id } }] }, failed: { totalCount: 0 } })
})
