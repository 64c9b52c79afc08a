import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#platform/id'
import { type Agents, newAgent, newPlace, openAgents, outbox, smallDefinition, sql } from '../../../tests/kit/agents.ts'
import { AgentArchivedError } from './agent.errors.ts'
import { archiveAgent } from './archive-agent.ts'
import { createAgent } from './create-agent.ts'
import { definitionHash } from './definition/definition-hash.ts'
import { publishAgentVersion } from './publish-agent-version.ts'

let subgraph: Agents
beforeAll(async () => {
  subgraph = await openAgents()
})
afterAll(() => subgraph.close())

const publish = `mutation ($input: PublishAgentVersionInput!) {
  publishAgentVersion(input: $input) { id publishedVersion { number definition grants } }
}`
const tool = (connection: string, id: string) => ({ id, kind: 'tool', connection, action: 'query' })

test('a published definition is answered as it was given, and audited with its grants', async () => {
  const place = newPlace(subgraph)
  const agent = await createAgent(place.owning(), { name: 'Digest', description: '' })
  const definition = smallDefinition({ input: { name: 'World' } })
  const answer = await subgraph.ask(place.owner, publish, { input: { agentId: agent.id, definition } })
  expect(answer).toEqual({
    data: {
      publishAgentVersion: { id: agent.id, publishedVersion: { number: 1, definition, grants: ['audit:read'] } },
    },
  })
  expect((await outbox(subgraph, place)).at(-1)?.data).toMatchObject({
    action: 'agent.published',
    targets: [{ type: 'agent', id: agent.id, name: 'Digest' }],
    context: { detail: { version: 1, grants: ['audit:read'] } },
  })
})

test('a faulty definition is refused with the path of every fault, and leaves the published one in place', async () => {
  const place = newPlace(subgraph)
  const agent = await newAgent(place)
  const definition = { grants: ['nothing:much'], steps: [{ id: 'a', kind: 'transform', expression: '1 +' }] }
  const answer = await subgraph.ask(place.owner, publish, { input: { agentId: agent.id, definition } })
  expect(answer.errors?.[0]?.extensions).toEqual({
    code: 'AGENT_DEFINITION_INVALID',
    details: [
      { path: 'grants[0]', message: 'There is no such scope.' },
      { path: 'steps[0].expression', message: expect.any(String) },
    ],
  })
  const versions = await sql(subgraph, place, 'select id from agents.agent_version')
  expect(versions).toHaveLength(1)
})

test('nobody grants an agent what they lack themselves, else whoever starts it would lend it to them', async () => {
  const place = newPlace(subgraph)
  const agent = await newAgent(place)
  const definition = smallDefinition({ grants: ['agent:read', 'user:invite'] })
  const developer = { ...place.owner, scopes: ['agent:read', 'agent:publish'] }
  const answer = await subgraph.ask(developer, publish, { input: { agentId: agent.id, definition } })
  expect(answer.errors?.[0]).toMatchObject({
    message: 'You cannot grant what you do not have: user:invite.',
    extensions: { code: 'FORBIDDEN' },
  })
  expect(await sql(subgraph, place, 'select id from agents.agent_version')).toHaveLength(1)
})

test('versions published at the same time are numbered without gap or repetition', async () => {
  const place = newPlace(subgraph)
  const agent = await createAgent(place.owning(), { name: 'Busy', description: '' })
  const times = Array.from({ length: 10 })
  await Promise.all(
    times.map((_, n) =>
      publishAgentVersion(place.owning(), { agentId: agent.id, definition: smallDefinition({ input: { n } }) }),
    ),
  )
  const versions = await sql<{ number: number }>(subgraph, place, 'select number from agents.agent_version order by 1')
  expect(versions.map((version) => version.number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})

test('a connection knows the agents whose published version uses it, not those that used to or are archived', async () => {
  const place = newPlace(subgraph)
  const [old, now] = [newId(), newId()]
  const agent = await newAgent(place, { grants: [], steps: [tool(old, 'a'), tool(now, 'b'), tool(now, 'c')] })
  const archived = await newAgent(place, { grants: [], steps: [tool(now, 'a')] })
  await publishAgentVersion(place.owning(), { agentId: agent.id, definition: { grants: [], steps: [tool(now, 'b')] } })
  await archiveAgent(place.owning(), { agentId: archived.id })
  const uses = await sql(subgraph, place, 'select connection_id, agent_id from agents.agent_connection')
  expect(uses).toEqual([{ connection_id: now, agent_id: agent.id }])
})

test('the same content is one version, however often and in whatever order it is published', async () => {
  const place = newPlace(subgraph)
  const agent = await createAgent(place.owning(), { name: 'Same', description: '' })
  const publishing = (definition: object) =>
    subgraph.ask(
      place.owner,
      `mutation ($input: PublishAgentVersionInput!) { publishAgentVersion(input: $input) { publishedVersion { number hash } } }`,
      { input: { agentId: agent.id, definition } },
    )
  const { grants, steps } = smallDefinition()
  const first = await publishing({ grants, steps })
  expect(first.data).toEqual({
    publishAgentVersion: { publishedVersion: { number: 1, hash: definitionHash({ grants, steps }) } },
  })
  const atOnce = await Promise.all(Array.from({ length: 5 }, () => publishing({ steps, grants })))
  for (const again of atOnce) expect(again.data).toEqual(first.data)
  expect((await publishing({ grants, steps, output: '1' })).data).toMatchObject({
    publishAgentVersion: { publishedVersion: { number: 2 } },
  })
  // Going back to what was published before makes no third one.
  expect((await publishing({ grants, steps })).data).toEqual(first.data)
  expect(await sql(subgraph, place, 'select id from agents.agent_version')).toHaveLength(2)
  const told = (await outbox(subgraph, place)).filter(({ data }) => JSON.stringify(data).includes('agent.published'))
  expect(told).toHaveLength(3)
})

test('a version published before hashes were kept shows the hash of what it says', async () => {
  const place = newPlace(subgraph)
  const agent = await newAgent(place)
  const older = newId()
  await sql(
    subgraph,
    place,
    `insert into agents.agent_version (organization_id, id, agent_id, number, definition, grants, environment, published_by, created_at)
     select organization_id, ?, agent_id, 2, definition, grants, environment, published_by, created_at from agents.agent_version`,
    [older],
  )
  await sql(subgraph, place, 'update agents.agent set published_version_id = ?', [older])
  const answer = await subgraph.ask(place.owner, `{ agent(id: "${agent.id}") { publishedVersion { hash } } }`)
  expect(answer.data?.agent).toEqual({ publishedVersion: { hash: definitionHash(smallDefinition()) } })
})

test('a step starts only agents of the organization that are in use', async () => {
  const place = newPlace(subgraph)
  const [agent, other, archived, stranger] = [
    await newAgent(place),
    await newAgent(place),
    await newAgent(place),
    await newAgent(newPlace(subgraph)),
  ]
  await archiveAgent(place.owning(), { agentId: archived.id })
  const starts = (agentId: string, id: string) => ({ id, kind: 'subagent', agent: agentId })
  const definition = {
    grants: [],
    steps: [starts(other.id, 'a'), starts(archived.id, 'b'), starts(stranger.id, 'c'), starts(agent.id, 'd')],
  }
  const answer = await subgraph.ask(place.owner, publish, { input: { agentId: agent.id, definition } })
  expect(answer.errors?.[0]?.extensions).toEqual({
    code: 'AGENT_DEFINITION_INVALID',
    details: [
      { path: 'steps[1].agent', message: 'There is no such agent in use.' },
      { path: 'steps[2].agent', message: 'There is no such agent in use.' },
    ],
  })
})

test('an archived agent takes no new version', async () => {
  const place = newPlace(subgraph)
  const agent = await newAgent(place)
  await archiveAgent(place.owning(), { agentId: agent.id })
  await expect(
    publishAgentVersion(place.owning(), { agentId: agent.id, definition: smallDefinition() }),
  ).rejects.toThrow(AgentArchivedError)
})
