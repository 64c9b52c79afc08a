import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Caller } from '#platform/caller/caller'
import { newId } from '#platform/id'
import {
  type Agents,
  claimed,
  ended,
  newPlace,
  openAgents,
  outbox,
  type Place,
  smallDefinition,
  storedStep,
} from '../../tests/kit/agents.ts'
import { memberCaller } from '../../tests/kit/organizations.ts'
import type { Answer } from '../../tests/kit/subgraph.ts'
import type { AgentEnvironment } from './agent/agent.environment.ts'
import { createAgent } from './agent/create-agent.ts'
import { publishAgentVersion } from './agent/publish-agent-version.ts'
import { startRun } from './run/start-run.ts'

let subgraph: Agents
beforeAll(async () => {
  subgraph = await openAgents()
})
afterAll(() => subgraph.close())

const environments = ['PRODUCTION', 'STAGING', 'DEVELOPMENT'] as const

/** An agent of an environment, with a finished run of one step; every content holds the word `canary`. */
async function finished(place: Place, environment: AgentEnvironment | undefined, starter: Caller = place.owner) {
  const { id: agentId } = await createAgent(place.owning(), {
    name: `Agent ${newId()}`,
    description: '',
    ...(environment && { environment }),
  })
  const steps = [{ id: 'greeting', kind: 'transform', expression: '"canary"' }]
  await publishAgentVersion(place.owning(), { agentId, definition: smallDefinition({ steps }) })
  const { id: runId } = await startRun(subgraph.ctxFor(starter), { agentId, input: { word: 'canary' } })
  const run = await claimed(place, runId)
  await storedStep(place, run, 'greeting', 'canary')
  await ended(place, run, { status: 'SUCCEEDED', output: 'canary' }, 2)
  return { agentId, runId }
}

const holding = (place: Place, ...scopes: string[]): Caller => ({ ...memberCaller(place.organizationId, []), scopes })
const runFields = 'id status input output steps { path output } queuedAt'
const show = (caller: Caller, runId: string) => subgraph.ask(caller, `{ run(id: "${runId}") { ${runFields} } }`)
const showAgent = (caller: Caller, agentId: string) =>
  subgraph.ask(caller, `{ agent(id: "${agentId}") { name environment publishedVersion { number definition grants } } }`)

const refusals = ({ errors = [] }: Answer) =>
  errors.map(
    ({ path = [], extensions }) => `${path.filter((part) => typeof part === 'string').join('.')} ${extensions.code}`,
  )
const hidden = ['run.input FORBIDDEN', 'run.output FORBIDDEN', 'run.steps.output FORBIDDEN']

describe('what an agent in production works with', () => {
  test('is null to a reader, each field with its refusal, and the rest of the answer stands', async () => {
    const place = newPlace(subgraph)
    const { agentId, runId } = await finished(place, 'PRODUCTION')
    const run = await show(place.viewer, runId)
    expect(run.data?.run).toMatchObject({
      status: 'SUCCEEDED',
      input: null,
      output: null,
      steps: [{ path: 'greeting', output: null }],
      queuedAt: expect.any(String),
    })
    expect(refusals(run).sort()).toEqual(hidden)
    const agent = await showAgent(place.viewer, agentId)
    expect(agent.data?.agent).toMatchObject({
      environment: 'PRODUCTION',
      publishedVersion: { number: 1, definition: null, grants: ['audit:read'] },
    })
    expect(refusals(agent)).toEqual(['agent.publishedVersion.definition FORBIDDEN'])
  })

  test('is for holders of agent:inspect and run:inspect, each for its own', async () => {
    const place = newPlace(subgraph)
    const { agentId, runId } = await finished(place, 'PRODUCTION')
    const ofAgents = holding(place, 'agent:read', 'run:read', 'agent:inspect')
    const ofRuns = holding(place, 'agent:read', 'run:read', 'run:inspect')
    expect(refusals(await showAgent(ofAgents, agentId))).toEqual([])
    expect(refusals(await show(ofRuns, runId))).toEqual([])
    expect(refusals(await showAgent(ofRuns, agentId))).toHaveLength(1)
    expect(refusals(await show(ofAgents, runId))).toHaveLength(3)
  })

  test.each(['owner', 'admin', 'auditor'])('is for the role %s', async (role) => {
    const place = newPlace(subgraph)
    const { agentId, runId } = await finished(place, 'PRODUCTION')
    const member = memberCaller(place.organizationId, [role])
    expect((await show(member, runId)).data?.run).toMatchObject({ input: { word: 'canary' }, output: 'canary' })
    expect(JSON.stringify((await showAgent(member, agentId)).data)).toContain('canary')
  })

  test('is, of a run, for whoever started it, though they may inspect nothing', async () => {
    const place = newPlace(subgraph)
    const starter = holding(place, 'run:start')
    const { runId } = await finished(place, 'PRODUCTION', starter)
    const run = await show(starter, runId)
    expect(run.data?.run).toMatchObject({ output: 'canary', steps: [{ output: 'canary' }] })
    expect(refusals(await show(place.viewer, runId)).sort()).toEqual(hidden)
  })
})

test.each(['STAGING', 'DEVELOPMENT'] as const)(
  'what an agent in %s works with is for all readers',
  async (environment) => {
    const place = newPlace(subgraph)
    const { agentId, runId } = await finished(place, environment)
    const run = await show(place.viewer, runId)
    expect([run.data?.run, refusals(run)]).toMatchObject([{ output: 'canary', steps: [{ output: 'canary' }] }, []])
    expect((await showAgent(place.viewer, agentId)).data?.agent).toMatchObject({ environment })
    expect(JSON.stringify((await showAgent(place.viewer, agentId)).data)).toContain('canary')
    // And for nobody else.
    const stranger = holding(place, 'agent:inspect', 'run:cancel')
    expect(JSON.stringify([await show(stranger, runId), await showAgent(stranger, agentId)])).not.toContain('canary')
  },
)

test('an agent is in production unless its maker says otherwise, which the audit record tells', async () => {
  const place = newPlace(subgraph)
  const create = 'mutation ($input: CreateAgentInput!) { createAgent(input: $input) { environment } }'
  const silent = await subgraph.ask(place.owner, create, { input: { name: 'Silent' } })
  expect(silent.data?.createAgent).toEqual({ environment: 'PRODUCTION' })
  const staging = await subgraph.ask(place.owner, create, { input: { name: 'Staging', environment: 'STAGING' } })
  expect(staging.data?.createAgent).toEqual({ environment: 'STAGING' })
  const wrong = await subgraph.ask(place.owner, create, { input: { name: 'Other', environment: 'TEST' } })
  expect(wrong.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
  const records = (await outbox(subgraph, place)).map(({ data }) => data as unknown as { context: { detail: object } })
  expect(records.map(({ context }) => context.detail)).toEqual([
    { environment: 'PRODUCTION' },
    { environment: 'STAGING' },
  ])
})

describe('the content of production stays hidden', () => {
  const ways: Readonly<Record<string, string>> = {
    'in a list': `{ runs { edges { node { ${runFields} version { definition } } } } }`,
    'under aliases': '{ runs { edges { node { id: input status: output queuedAt: steps { path: output } } } } }',
    'through fragments': `{ ...All } fragment All on Query { runs { edges { ...Edge } } }
      fragment Edge on RunEdge { node { ... on Run { ...Content } } } fragment Content on Run { ${runFields} }`,
    'behind directives': '{ runs { edges { node { input @include(if: true) output @skip(if: false) } } } }',
    'through an agent': `{ agents { edges { node { publishedVersion { definition } runs { edges { node { ${runFields} agent { publishedVersion { definition } } } } } } } } }`,
  }
  test.each(Object.entries(ways))('%s', async (_way, query) => {
    const place = newPlace(subgraph)
    for (const environment of environments) await finished(place, environment)
    const [asViewer, asOwner] = [await subgraph.ask(place.viewer, query), await subgraph.ask(place.owner, query)]
    const seen = ({ data }: Answer) => JSON.stringify(data).match(/canary/g)?.length ?? 0
    // Two of three environments are open to the viewer.
    expect(seen(asViewer)).toBeGreaterThan(0)
    expect(seen(asViewer) / seen(asOwner)).toBeCloseTo(2 / 3)
    expect(new Set(asViewer.errors?.map(({ extensions }) => extensions.code))).toEqual(new Set(['FORBIDDEN']))
  })

  test('from an entity whose representation claims other attributes', async () => {
    const place = newPlace(subgraph)
    const { agentId } = await finished(place, 'PRODUCTION')
    const claim = { environment: 'DEVELOPMENT', startedBy: place.viewer.userId, owner: place.viewer.userId }
    const representations = [
      { __typename: 'Agent', id: agentId, ...claim, publishedVersion: { environment: 'DEVELOPMENT' } },
      { __typename: 'User', id: place.owner.userId, ...claim },
    ]
    const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
      ... on Agent { environment publishedVersion { definition } runs { edges { node { ${runFields} } } } }
      ... on User { runs { edges { node { ${runFields} } } } } } }`
    const asViewer = await subgraph.ask(place.viewer, query, { representations })
    expect(asViewer.data?._entities).toMatchObject([{ environment: 'PRODUCTION' }, {}])
    expect(JSON.stringify(asViewer)).not.toContain('canary')
    const byNobody = await subgraph.ask(holding(place), query, { representations })
    expect(byNobody.data?._entities).toEqual([null, { runs: null }])
  })

  test('in the answer to a mutation', async () => {
    const place = newPlace(subgraph)
    const { agentId, runId } = await finished(place, 'PRODUCTION')
    const canceller = holding(place, 'run:cancel', 'run:read')
    const cancelled = await subgraph.ask(
      canceller,
      `mutation { cancelRun(input: { runId: "${runId}" }) { ${runFields} } }`,
    )
    expect(cancelled.data?.cancelRun).toMatchObject({ id: runId, input: null, output: null, steps: [{ output: null }] })
    const archiver = holding(place, 'agent:write', 'agent:read')
    const archived = await subgraph.ask(
      archiver,
      `mutation { archiveAgent(input: { agentId: "${agentId}" }) { publishedVersion { definition } } }`,
    )
    expect(archived.data?.archiveAgent).toEqual({ publishedVersion: { definition: null } })
  })
})

test('somebody in no organization is told nothing, whatever they carry', async () => {
  const place = newPlace(subgraph)
  const { agentId, runId } = await finished(place, 'DEVELOPMENT')
  for (const organizationId of ['', null as never, undefined as never]) {
    const nowhere = { ...place.owner, organizationId }
    for (const answer of [await show(nowhere, runId), await showAgent(nowhere, agentId)]) {
      expect(Object.values(answer.data ?? {}).filter((value) => value !== null)).toEqual([])
      expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN'])
    }
  }
})
