import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Agents, newPlace, openAgents, outbox } from '../../../tests/kit/agents.ts'
import { AgentNameTakenError } from './agent.errors.ts'
import { archiveAgent } from './archive-agent.ts'
import { createAgent } from './create-agent.ts'

let subgraph: Agents
beforeAll(async () => {
  subgraph = await openAgents()
})
afterAll(() => subgraph.close())

const create = `mutation ($input: CreateAgentInput!) {
  createAgent(input: $input) { id name description publishedVersion { number } archivedAt }
}`

test('a new agent has no version yet, and its making is audited', async () => {
  const place = newPlace(subgraph)
  const answer = await subgraph.ask(place.owner, create, { input: { name: ' Digest ', description: 'Reads.' } })
  expect(answer.data?.createAgent).toMatchObject({
    name: 'Digest',
    description: 'Reads.',
    publishedVersion: null,
    archivedAt: null,
  })
  expect((await outbox(subgraph, place)).map((row) => row.data)).toMatchObject([
    { action: 'agent.created', actor: { type: 'user', id: place.owner.userId }, targets: [{ name: 'Digest' }] },
  ])
})

test('of many creations of one name one succeeds, and an archived agent gives its name back', async () => {
  const place = newPlace(subgraph)
  const input = { name: 'Digest', description: '' }
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => createAgent(place.owning(), input)))
  const made = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  expect(made).toHaveLength(1)
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(AgentNameTakenError)
  await archiveAgent(place.owning(), { agentId: made[0]?.id ?? '' })
  await expect(createAgent(place.owning(), input)).resolves.toMatchObject({ name: 'Digest' })
})

test('one name may be used in two organizations', async () => {
  const input = { name: 'Digest', description: '' }
  await createAgent(newPlace(subgraph).owning(), input)
  await expect(createAgent(newPlace(subgraph).owning(), input)).resolves.toMatchObject({ name: 'Digest' })
})

test.each([
  ['an empty name', { name: '  ' }],
  ['a name too long', { name: 'x'.repeat(101) }],
  ['a name with a control character', { name: 'a\0b' }],
  ['a description too long', { name: 'a', description: 'x'.repeat(2_001) }],
  ['a description that no database stores', { name: 'a', description: 'x\0' }],
  ['an unknown field', { name: 'a', color: 'red' }],
  ['a wrong type', { name: 3 }],
])('%s is bad input', async (_name, input) => {
  const answer = await subgraph.ask(newPlace(subgraph).owner, create, { input })
  expect(answer.errors?.map((error) => error.extensions.code)).toEqual(['BAD_USER_INPUT'])
})

test('archiving twice is recorded once', async () => {
  const place = newPlace(subgraph)
  const agent = await createAgent(place.owning(), { name: 'Digest', description: '' })
  const first = await archiveAgent(place.owning(), { agentId: agent.id })
  const second = await archiveAgent(place.owning(), { agentId: agent.id })
  expect(second.archivedAt).toEqual(first.archivedAt)
  const actions = (await outbox(subgraph, place)).map((row) => row.data.action)
  expect(actions).toEqual(['agent.created', 'agent.archived'])
})
