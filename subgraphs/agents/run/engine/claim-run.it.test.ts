import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#platform/id'
import {
  type Agents,
  claimed,
  endLease,
  newAgent,
  newPlace,
  newRun,
  openAgents,
  outbox,
  smallDefinition,
  sql,
} from '../../../../tests/kit/agents.ts'
import { beginStep, claimRun, finishRun, releaseRun, renewLease, storeStep } from '../../jobs.ts'
import { startRun } from '../start-run.ts'

let subgraph: Agents
beforeAll(async () => {
  subgraph = await openAgents()
})
afterAll(() => subgraph.close())

test('of many workers that claim a run at the same time, one gets it', async () => {
  const place = newPlace(subgraph)
  const { id } = await newRun(place)
  const claims = await Promise.all(
    Array.from({ length: 20 }, (_, worker) => claimRun(place.system(), id, `worker ${worker}`, 60_000)),
  )
  expect(claims.filter((claim) => claim !== undefined)).toMatchObject([{ runId: id, epoch: 1 }])
})

test('of many workers that claim a run whose owner went silent, one gets it, at the next epoch', async () => {
  const place = newPlace(subgraph)
  const { id } = await newRun(place)
  await claimed(place, id)
  await endLease(subgraph, place, id)
  const claims = await Promise.all(Array.from({ length: 20 }, () => claimRun(place.system(), id, 'w', 60_000)))
  expect(claims.filter((claim) => claim !== undefined)).toMatchObject([{ runId: id, epoch: 2 }])
})

test('a run that a key or an agent starts may do no more than they; one that a person starts, all that was granted', async () => {
  const place = newPlace(subgraph)
  const agent = await newAgent(place, smallDefinition({ grants: ['audit:read', 'agent:read', 'run:read'] }))
  const grantsOf = async (starter: object) => {
    const ctx = subgraph.ctxFor({ ...place.owner, ...starter })
    return (await claimed(place, (await startRun(ctx, { agentId: agent.id })).id)).grants
  }
  const few = ['run:start', 'run:read', 'agent:read']
  expect(await grantsOf({ scopes: few, sessionId: null, apiKeyId: newId() })).toEqual(['agent:read', 'run:read'])
  expect(await grantsOf({ scopes: few, sessionId: null, agentId: newId(), runId: newId() })).toEqual([
    'agent:read',
    'run:read',
  ])
  expect(await grantsOf({ scopes: [], sessionId: null, apiKeyId: newId() })).toEqual([])
  expect(await grantsOf({})).toEqual(['audit:read', 'agent:read', 'run:read'])
})

test('a claim hands out all that its owner needs: input over defaults, definition, who and in which request', async () => {
  const place = newPlace(subgraph)
  const definition = smallDefinition({ input: { name: 'World', loud: true } })
  const agent = await newAgent(place, definition)
  const ctx = place.owning()
  const { id } = await startRun(ctx, { agentId: agent.id, input: { name: 'you' } })
  expect(await claimed(place, id)).toEqual({
    runId: id,
    organizationId: place.organizationId,
    epoch: 1,
    agentId: agent.id,
    startedBy: place.owner.userId,
    input: { name: 'you', loud: true },
    definition,
    grants: ['audit:read'],
    requestId: ctx.requestId,
    traceparent: ctx.traceparent,
    startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    finishedSteps: [],
    cancelRequested: false,
  })
})

test('whoever takes over gets what is completed, in order and with every kind of output, and not what is open', async () => {
  const place = newPlace(subgraph)
  const { id } = await newRun(place)
  const first = await claimed(place, id)
  const outputs = { z: 'text', a: '"1"', m: null, b: 17, deep: { list: [1, { x: false }] } }
  for (const [path, output] of Object.entries(outputs)) {
    await beginStep(place.system(), first, { path, id: path, kind: 'transform' })
    await storeStep(place.system(), first, path, output)
  }
  await beginStep(place.system(), first, { path: 'open', id: 'open', kind: 'tool' })
  await endLease(subgraph, place, id)
  const second = await claimed(place, id)
  expect(second.finishedSteps).toEqual(
    Object.entries(outputs).map(([path, output]) => ({ path, id: path, kind: 'transform', output })),
  )
  expect(second.startedAt).toBe(first.startedAt)
})

test('a released run can be claimed at once, a renewed one cannot', async () => {
  const place = newPlace(subgraph)
  const { id } = await newRun(place)
  const run = await claimed(place, id, 1)
  await renewLease(place.system(), run, 60_000)
  expect(await claimRun(place.system(), id, 'other', 60_000)).toBeUndefined()
  await releaseRun(place.system(), run)
  expect(await claimRun(place.system(), id, 'other', 60_000)).toMatchObject({ epoch: 2 })
})

test('there is nothing to claim in a finished run, an unknown one, or another organization’s', async () => {
  const place = newPlace(subgraph)
  const { id } = await newRun(place)
  const other = newPlace(subgraph)
  expect(await claimRun(other.system(), id, 'w', 60_000)).toBeUndefined()
  await finishRun(place.system(), await claimed(place, id), { status: 'SUCCEEDED', output: null })
  expect(await claimRun(place.system(), id, 'w', 60_000)).toBeUndefined()
  expect(await claimRun(place.system(), newId(), 'w', 60_000)).toBeUndefined()
})

test('claims, renewals and steps leave no audit record, but who follows the run hears of them; a renewal leaves no event either', async () => {
  const place = newPlace(subgraph)
  const run = await claimed(place, (await newRun(place)).id)
  const before = await outbox(subgraph, place)
  expect(before.at(-1)).toMatchObject({ type: 'run.advanced@1', key: `run:${run.runId}`, data: { runId: run.runId } })
  await beginStep(place.system(), run, { path: 'a', id: 'a', kind: 'tool' })
  await storeStep(place.system(), run, 'a', 1)
  for (let times = 0; times < 5; times += 1) await renewLease(place.system(), run, 60_000)
  const told = (await outbox(subgraph, place)).slice(before.length)
  expect(told.map(({ type }) => type)).toEqual(['run.advanced@1', 'run.advanced@1'])
  const events = await sql<{ type: string }>(subgraph, place, 'select type from agents.run_event order by seq')
  expect(events.map((event) => event.type)).toEqual(['run.queued', 'run.started', 'step.started', 'step.succeeded'])
})
