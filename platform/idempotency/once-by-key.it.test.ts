import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Agents, newAgent, newPlace, openAgents, outbox, type Place, sql } from '../../tests/kit/agents.ts'
import type { Caller } from '../caller/caller.ts'
import { newId } from '../id.ts'

let subgraph: Agents
let other: Agents
beforeAll(async () => {
  subgraph = await openAgents()
  other = await openAgents()
})
afterAll(() => Promise.all([subgraph.close(), other.close()]))

const create = 'mutation ($input: CreateAgentInput!) { createAgent(input: $input) { id name createdAt } }'
const input = () => ({ input: { name: `Agent ${newId()}`, description: '' } })
const codes = (answer: Awaited<ReturnType<Agents['ask']>>) => answer.errors?.map((error) => error.extensions.code)
const made = (place: Place) => sql<{ id: string }>(subgraph, place, 'select id from agents.agent')
const kept = (place: Place) =>
  sql<{ id: string; digest: string; answer: object }>(
    subgraph,
    place,
    'select id, digest, answer from agents.kept_answer',
  )

test('a mutation sent again with its key is done once and answered alike, other fields of it too', async () => {
  const place = newPlace(subgraph)
  const [key, variables] = [newId(), input()]
  const first = await subgraph.ask(place.owner, create, variables, key)
  const again = await subgraph.ask(place.owner, create, variables, key)
  expect(first.data?.createAgent).toMatchObject({ name: variables.input.name })
  expect(again).toEqual(first)
  const more =
    'mutation ($input: CreateAgentInput!) { createAgent(input: $input) { description archivedAt runs { totalCount } } }'
  expect((await subgraph.ask(place.owner, more, variables, key)).data?.createAgent).toEqual({
    description: '',
    archivedAt: null,
    runs: { totalCount: 0 },
  })
  expect(await made(place)).toHaveLength(1)
  expect(await outbox(subgraph, place)).toHaveLength(1)
})

test('fifty at once, at two processes, are done once, and all get the one answer', async () => {
  const place = newPlace(subgraph)
  const [key, variables] = [newId(), input()]
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? subgraph : other).ask(place.owner, create, variables, key)),
  )
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  expect(answers[0]?.data?.createAgent).toMatchObject({ name: variables.input.name })
  expect(await made(place)).toHaveLength(1)
  expect(await outbox(subgraph, place)).toHaveLength(1)
})

test('another input under the same key is a conflict, and changes nothing', async () => {
  const place = newPlace(subgraph)
  const [key, variables] = [newId(), input()]
  await subgraph.ask(place.owner, create, variables, key)
  expect(codes(await subgraph.ask(place.owner, create, input(), key))).toEqual(['IDEMPOTENCY_KEY_REUSED'])
  expect(await made(place)).toHaveLength(1)
  expect((await subgraph.ask(place.owner, create, variables, key)).errors).toBeUndefined()
})

test('the order in which a client writes an input makes no other input', async () => {
  const place = newPlace(subgraph)
  const [key, name] = [newId(), `Agent ${newId()}`]
  const first = await subgraph.ask(place.owner, create, { input: { name, description: 'x' } }, key)
  expect(await subgraph.ask(place.owner, create, { input: { description: 'x', name } }, key)).toEqual(first)
})

test('each field of an operation is an intention of its own', async () => {
  const place = newPlace(subgraph)
  const [key, a, b] = [newId(), input().input, input().input]
  const two = `mutation ($a: CreateAgentInput!, $b: CreateAgentInput!) {
    a: createAgent(input: $a) { id } b: createAgent(input: $b) { id }
  }`
  const first = await subgraph.ask(place.owner, two, { a, b }, key)
  expect(first.data?.a).not.toEqual(first.data?.b)
  expect(await subgraph.ask(place.owner, two, { a, b }, key)).toEqual(first)
  expect(await made(place)).toHaveLength(2)
})

test('a key is its caller’s alone: users, their API keys and agents that act for them each have their own', async () => {
  const place = newPlace(subgraph)
  const key = newId()
  const callers: Caller[] = [
    place.owner,
    { ...place.owner, userId: newId() },
    { ...place.owner, sessionId: null, apiKeyId: newId() },
    { ...place.owner, sessionId: null, agentId: newId(), runId: newId() },
  ]
  for (const caller of callers) expect((await subgraph.ask(caller, create, input(), key)).errors).toBeUndefined()
  expect(await made(place)).toHaveLength(callers.length)
  // A new session of the same user is no other caller.
  const again = await subgraph.ask({ ...place.owner, sessionId: newId() }, create, input(), key)
  expect(codes(again)).toEqual(['IDEMPOTENCY_KEY_REUSED'])
})

test('whoever has lost the right gets no answer again', async () => {
  const place = newPlace(subgraph)
  const [key, variables] = [newId(), input()]
  await subgraph.ask(place.owner, create, variables, key)
  const lesser = { ...place.owner, scopes: ['agent:read'] }
  expect(codes(await subgraph.ask(lesser, create, variables, key))).toEqual(['FORBIDDEN'])
})

test('a failed or refused mutation keeps nothing: sent again, it is tried again', async () => {
  const place = newPlace(subgraph)
  const [key, variables] = [newId(), input()]
  await subgraph.ask(place.owner, create, variables)
  expect(codes(await subgraph.ask(place.owner, create, variables, key))).toEqual(['AGENT_NAME_TAKEN'])
  expect(await kept(place)).toEqual([])
  await sql(subgraph, place, 'update agents.agent set archived_at = now()')
  expect((await subgraph.ask(place.owner, create, variables, key)).errors).toBeUndefined()
  expect(await kept(place)).toHaveLength(1)
})

test('after its time a key is as good as new', async () => {
  const place = newPlace(subgraph)
  const key = newId()
  const first = await subgraph.ask(place.owner, create, input(), key)
  await sql(subgraph, place, `update agents.kept_answer set expires_at = expires_at - interval '24 hours'`)
  const second = await subgraph.ask(place.owner, create, input(), key)
  expect(second.errors).toBeUndefined()
  expect(second.data?.createAgent).not.toEqual(first.data?.createAgent)
  expect(await kept(place)).toHaveLength(1)
})

test('an answer is kept with what it says and without the key; queries and mutations without one keep nothing', async () => {
  const place = newPlace(subgraph)
  const [key, variables] = [newId(), input()]
  await subgraph.ask(place.owner, create, variables)
  await subgraph.ask(place.owner, '{ agents { totalCount } }', {}, key)
  expect(await kept(place)).toEqual([])
  await subgraph.ask(place.owner, create, input(), key)
  const rows = await kept(place)
  expect(rows).toHaveLength(1)
  expect(JSON.stringify(rows)).not.toContain(key)
})

test('a mutation that finds nothing to do keeps nothing, and one that does in its second write keeps that', async () => {
  const place = newPlace(subgraph)
  const agent = await newAgent(place)
  const start = 'mutation ($input: StartRunInput!) { startRun(input: $input) { id status } }'
  const cancel = 'mutation ($input: CancelRunInput!) { cancelRun(input: $input) { id status } }'
  await subgraph.ask(place.owner, start, { input: { agentId: agent.id } }, newId())
  const [{ id: runId } = { id: '' }] = await sql<{ id: string }>(subgraph, place, 'select id from agents.run')
  await sql(subgraph, place, `update agents.run set status = 'RUNNING'`)
  const key = newId()
  const first = await subgraph.ask(place.owner, cancel, { input: { runId } }, key)
  expect(first.data?.cancelRun).toEqual({ id: runId, status: 'RUNNING' })
  await sql(subgraph, place, `update agents.run set status = 'CANCELLED'`)
  expect(await subgraph.ask(place.owner, cancel, { input: { runId } }, key)).toEqual(first)
  const late = newId()
  expect((await subgraph.ask(place.owner, cancel, { input: { runId } }, late)).data?.cancelRun).toEqual({
    id: runId,
    status: 'CANCELLED',
  })
  expect(await kept(place)).toHaveLength(2)
})
