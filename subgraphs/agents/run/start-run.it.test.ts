import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Agents, newAgent, newPlace, openAgents, outbox, sql } from '../../../tests/kit/agents.ts'
import { archiveAgent } from '../agent/archive-agent.ts'
import { createAgent } from '../agent/create-agent.ts'
import { publishAgentVersion } from '../agent/publish-agent-version.ts'
import { startRun } from './start-run.ts'

let subgraph: Agents
beforeAll(async () => {
  subgraph = await openAgents()
})
afterAll(() => subgraph.close())

const start = `mutation ($input: StartRunInput!) {
  startRun(input: $input) { id status input version { number } startedBy { id } startedAt steps { path } }
}`

test('a started run waits, pinned to the version of now, and a worker and the audit trail are told', async () => {
  const place = newPlace(subgraph)
  const agent = await newAgent(place)
  const answer = await subgraph.ask(place.owner, start, { input: { agentId: agent.id, input: { name: 'you' } } })
  await publishAgentVersion(place.owning(), {
    agentId: agent.id,
    definition: { grants: [], steps: [{ id: 'other', kind: 'transform', expression: '2' }] },
  })
  const run = answer.data?.startRun as unknown as { id: string }
  expect(run).toMatchObject({
    status: 'QUEUED',
    input: { name: 'you' },
    version: { number: 1 },
    startedBy: { id: place.owner.userId },
    startedAt: null,
    steps: [],
  })
  const again = await subgraph.ask(place.owner, '{ runs { edges { node { id version { number } } } } }')
  expect(again.data?.runs).toEqual({ edges: [{ node: { id: run.id, version: { number: 1 } } }] })
  const told = (await outbox(subgraph, place)).filter((row) => row.key === `run:${run.id}`)
  expect(told).toMatchObject([
    { type: 'run.queued@1', data: { runId: run.id } },
    { type: 'audit.recorded@1', data: { action: 'run.started', targets: [{ id: run.id }, { id: agent.id }] } },
  ])
  const events = await sql(subgraph, place, 'select seq, type from agents.run_event')
  expect(events).toEqual([{ seq: 1, type: 'run.queued' }])
})

test('a hundred starts with one key at the same time make one run, told of once', async () => {
  const place = newPlace(subgraph)
  const agent = await newAgent(place)
  const input = { agentId: agent.id, input: { b: 2, a: 1 }, idempotencyKey: 'order-17' }
  const answers = await Promise.all(Array.from({ length: 100 }, () => subgraph.ask(place.owner, start, { input })))
  const ids = new Set(answers.map((answer) => (answer.data?.startRun as unknown as { id: string } | undefined)?.id))
  expect(ids.size).toBe(1)
  expect([...ids][0]).toBeDefined()
  const types = (await outbox(subgraph, place)).map((row) => row.type)
  expect(types.filter((type) => type === 'run.queued@1')).toHaveLength(1)
  expect(await sql(subgraph, place, 'select id from agents.run')).toHaveLength(1)
})

test('the same input in another order of names is the same start, and outlives the agent’s archiving', async () => {
  const place = newPlace(subgraph)
  const agent = await newAgent(place)
  const first = await startRun(place.owning(), { agentId: agent.id, input: { a: 1, b: 2 }, idempotencyKey: 'k' })
  await archiveAgent(place.owning(), { agentId: agent.id })
  const second = await startRun(place.owning(), { agentId: agent.id, input: { b: 2, a: 1.0 }, idempotencyKey: 'k' })
  expect(second.id).toBe(first.id)
})

test('the key of a run with another input is a conflict', async () => {
  const place = newPlace(subgraph)
  const agent = await newAgent(place)
  const input = { agentId: agent.id, input: { a: 1 }, idempotencyKey: 'k' }
  await subgraph.ask(place.owner, start, { input })
  const answer = await subgraph.ask(place.owner, start, { input: { ...input, input: { a: 2 } } })
  expect(answer.errors?.[0]?.extensions.code).toBe('RUN_IDEMPOTENCY_CONFLICT')
  expect(await sql(subgraph, place, 'select id from agents.run')).toHaveLength(1)
})

test('one key starts a run of each of two agents', async () => {
  const place = newPlace(subgraph)
  const [one, other] = [await newAgent(place), await newAgent(place)]
  const first = await startRun(place.owning(), { agentId: one.id, idempotencyKey: 'k' })
  const second = await startRun(place.owning(), { agentId: other.id, idempotencyKey: 'k' })
  expect(second.id).not.toBe(first.id)
})

test('an agent that is not published, or is archived, cannot be started', async () => {
  const place = newPlace(subgraph)
  const unpublished = await createAgent(place.owning(), { name: 'New', description: '' })
  const archived = await newAgent(place)
  await archiveAgent(place.owning(), { agentId: archived.id })
  for (const { id } of [unpublished, archived]) {
    const answer = await subgraph.ask(place.owner, start, { input: { agentId: id } })
    expect(answer.errors?.[0]?.extensions.code).toBe('AGENT_NOT_PUBLISHED')
  }
})

test.each([
  ['an input that is a list', { input: [1] }],
  ['an input that is a text', { input: 'x' }],
  ['an input larger than 256 KB', { input: { x: 'y'.repeat(256 * 1024) } }],
  ['an input that no database stores', { input: { x: '\0' } }],
  ['an empty key', { idempotencyKey: '' }],
  ['a key too long', { idempotencyKey: 'k'.repeat(256) }],
  ['a key with a space', { idempotencyKey: 'a b' }],
])('%s is bad input', async (_name, bad) => {
  const place = newPlace(subgraph)
  const agent = await newAgent(place)
  const answer = await subgraph.ask(place.owner, start, { input: { agentId: agent.id, ...bad } })
  expect(answer.errors?.map((error) => error.extensions.code)).toEqual(['BAD_USER_INPUT'])
})

test('an input that does not fit the version’s schema, its defaults filled in, starts nothing and is told by path', async () => {
  const place = newPlace(subgraph)
  const agent = await newAgent(place, {
    grants: [],
    input: { hours: 24 },
    inputSchema: {
      type: 'object',
      properties: { hours: { type: 'integer' }, to: { type: 'array', items: { format: 'email' } } },
      required: ['hours', 'to'],
      additionalProperties: false,
    },
    steps: [{ id: 'a', kind: 'transform', expression: '1' }],
  })
  const starting = (input: object) => subgraph.ask(place.owner, start, { input: { agentId: agent.id, input } })
  const refused = await starting({ to: ['a@example.com', 'nobody'], more: 1 })
  expect(refused.errors?.[0]).toMatchObject({
    message: expect.stringContaining('input.to[1]'),
    extensions: {
      code: 'BAD_USER_INPUT',
      details: [
        { path: 'input.more', message: 'is not expected here' },
        { path: 'input.to[1]', message: 'must match format "email"' },
      ],
    },
  })
  expect((await starting({})).errors?.[0]?.extensions.details).toEqual([{ path: 'input.to', message: 'is missing' }])
  expect(await sql(subgraph, place, 'select id from agents.run')).toEqual([])
  expect((await starting({ to: ['a@example.com'] })).data?.startRun).toMatchObject({ status: 'QUEUED' })
})
