import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#platform/id'
import {
  type Agents,
  aCommit,
  aStep,
  claimed,
  claimRun,
  ended,
  endLease,
  newAgent,
  newPlace,
  newRun,
  openAgents,
  outbox,
  type Place,
  smallDefinition,
  sql,
  storedStep,
} from '../../../../tests/kit/agents.ts'
import { commitRun } from '../../jobs.ts'
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
    Array.from({ length: 20 }, (_, worker) => claimRun(place.system(), id, `worker ${worker}`)),
  )
  expect(claims.filter((claim) => claim !== undefined)).toMatchObject([{ runId: id, epoch: 1 }])
})

test('of many workers that claim a run whose owner went silent, one gets it, at the next epoch', async () => {
  const place = newPlace(subgraph)
  const { id } = await newRun(place)
  await claimed(place, id)
  await endLease(subgraph, place, id)
  const claims = await Promise.all(Array.from({ length: 20 }, () => claimRun(place.system(), id)))
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
    startedAt: expect.any(String),
    claimedAt: expect.any(String),
    versionId: expect.any(String),
    budget: { steps: 5_000, tokens: Infinity, costMicros: Infinity, durationMs: Infinity },
    payloadBytes: 0,
    ownersLost: 0,
    ending: null,
    depth: 0,
    parentRunId: null,
    parentPath: null,
    used: { stepsDone: 0, inputTokens: 0, outputTokens: 0, costMicros: 0 },
    steps: [],
    cancelRequested: false,
  })
})

test('whoever takes over gets every step as it was stored last, in order and with every kind of output', async () => {
  const place = newPlace(subgraph)
  const { id } = await newRun(place)
  const first = await claimed(place, id)
  const outputs = { z: 'text', a: '"1"', m: null, b: 17, deep: { list: [1, { x: false }] } }
  const done = { status: 'SUCCEEDED', finishedAt: new Date().toISOString() } as const
  const steps = Object.entries(outputs).map(([path, output], ordinal) =>
    aStep(first, path, { ...done, output, ordinal, doneOrdinal: ordinal + 1 }),
  )
  const open = aStep(first, 'open', { ordinal: steps.length, state: { taken: 1 }, attempts: [] })
  await commitRun(place.system(), first, aCommit({ steps: [...steps, { ...open, state: null }], stepsDone: 5 }))
  await commitRun(place.system(), first, aCommit({ number: 2, steps: [open] }))
  await endLease(subgraph, place, id)
  const second = await claimed(place, id)
  const told = [...steps, open].map((step) => ({ ...step, resolution: null }))
  const moments = { startedAt: expect.any(String), finishedAt: expect.anything() }
  expect(second.steps).toEqual(
    told.map((step) => ({ ...step, ...moments, finishedAt: step.finishedAt && expect.any(String) })),
  )
  expect(second.startedAt).toBe(first.startedAt)
  expect(second.used.stepsDone).toBe(5)
})

test('a released run can be claimed at once, one in hand cannot', async () => {
  const place = newPlace(subgraph)
  const { id } = await newRun(place)
  const run = await claimed(place, id)
  expect(await claimRun(place.system(), id, 'other')).toBeUndefined()
  await commitRun(place.system(), run, aCommit({ leaves: 'released' }))
  expect(await claimRun(place.system(), id, 'other')).toMatchObject({ epoch: 2, ownersLost: 0 })
})

test('owners who were lost are counted until a step is completed', async () => {
  const place = newPlace(subgraph)
  const { id } = await newRun(place)
  await claimed(place, id)
  await endLease(subgraph, place, id)
  await claimed(place, id)
  await endLease(subgraph, place, id)
  const third = await claimed(place, id)
  expect(third.ownersLost).toBe(2)
  await storedStep(place, third, 'a', 1)
  await endLease(subgraph, place, id)
  expect((await claimed(place, id)).ownersLost).toBe(1)
})

/** A run that two owners were lost with, and which is due: losing one more sets it aside. */
async function suspect(place: Place): Promise<string> {
  const { id } = await newRun(place)
  for (let owner = 0; owner < 2; owner++) {
    await claimed(place, id)
    await endLease(subgraph, place, id)
  }
  return id
}

test('a run on its last chance is only taken by who has room for one, and until then stays as it is', async () => {
  const place = newPlace(subgraph)
  const id = await suspect(place)
  const row = async () => (await sql<object>(subgraph, place, 'select * from agents.run where id = ?', [id]))[0]
  const before = await row()
  expect(await claimRun(place.system(), id, 'full of suspects', 60_000, false)).toBeUndefined()
  expect(await row()).toEqual(before)
  expect(await claimRun(place.system(), id)).toMatchObject({ epoch: 3, ownersLost: 2 })
  // What is lost once more is not executed, but set aside, for which there is always room.
  await endLease(subgraph, place, id)
  expect(await claimRun(place.system(), id, 'full of suspects', 60_000, false)).toMatchObject({ ownersLost: 3 })
})

test('a run that its owner gives back or parks is still on its last chance; one that has completed a step is not', async () => {
  const place = newPlace(subgraph)
  const id = await suspect(place)
  for (const leaves of ['released', 'parked'] as const) {
    await commitRun(place.system(), await claimed(place, id), aCommit({ leaves }))
    await endLease(subgraph, place, id)
    expect(await claimRun(place.system(), id, 'full of suspects', 60_000, false)).toBeUndefined()
  }
  await storedStep(place, await claimed(place, id), 'a', 1)
  await endLease(subgraph, place, id)
  expect(await claimRun(place.system(), id, 'full of suspects', 60_000, false)).toMatchObject({ ownersLost: 1 })
})

test('a run on its last chance keeps nobody waiting that is behind it in the line of a limit', async () => {
  const place = newPlace(subgraph)
  const id = await suspect(place)
  await commitRun(place.system(), await claimed(place, id), aCommit({ leaves: 'parked' }))
  await sql(
    subgraph,
    place,
    `update agents.run set held_by = 'organization', due_at = 'infinity' where id = ? returning id`,
    [id],
  )
  const { id: behind } = await newRun(place)
  expect(await claimRun(place.system(), behind)).toBeUndefined()
  expect(await claimRun(place.system(), id, 'full of suspects', 60_000, false)).toBeUndefined()
  expect(await claimRun(place.system(), behind)).toMatchObject({ epoch: 1 })
  expect(await claimRun(place.system(), id)).toMatchObject({ ownersLost: 2 })
})

test('a parked run is claimed when it is due, not before', async () => {
  const place = newPlace(subgraph)
  const { id } = await newRun(place)
  const soon = new Date(Date.now() + 60_000).toISOString()
  await commitRun(place.system(), await claimed(place, id), aCommit({ leaves: 'parked', dueAt: soon }))
  expect(await claimRun(place.system(), id)).toBeUndefined()
  await endLease(subgraph, place, id)
  await commitRun(place.system(), await claimed(place, id), aCommit({ leaves: 'parked' }))
  expect(await claimRun(place.system(), id)).toBeUndefined()
})

test('a run that is parked after what it waits for was answered, or after somebody wanted it ended, is due at once', async () => {
  const place = newPlace(subgraph)
  const runs = [await newRun(place), await newRun(place)]
  for (const [index, { id }] of runs.entries()) {
    const run = await claimed(place, id)
    const waiting = aStep(run, 'a', { status: 'WAITING', waitsFor: 'event', kind: 'wait' })
    await commitRun(place.system(), run, aCommit({ steps: [waiting] }))
    const change =
      index === 0
        ? `agents.step set resolution = '{"status":"SUCCEEDED"}'`
        : 'agents.run set cancel_requested_at = now()'
    await sql(subgraph, place, `update ${change} where ${index === 0 ? 'run_id' : 'id'} = ? returning id`, [id])
    expect(await commitRun(place.system(), run, aCommit({ number: 2, leaves: 'parked' }))).toMatchObject({
      dueNow: true,
    })
    expect(await claimRun(place.system(), id)).toMatchObject({ epoch: 2 })
  }
})

test('there is nothing to claim in a finished run, an unknown one, or another organization’s', async () => {
  const place = newPlace(subgraph)
  const { id } = await newRun(place)
  const other = newPlace(subgraph)
  expect(await claimRun(other.system(), id)).toBeUndefined()
  await ended(place, await claimed(place, id), { status: 'SUCCEEDED', output: null })
  expect(await claimRun(place.system(), id)).toBeUndefined()
  expect(await claimRun(place.system(), newId())).toBeUndefined()
})

test('claims and steps leave no audit record and nothing to deliver', async () => {
  const place = newPlace(subgraph)
  const { id } = await newRun(place)
  const before = await outbox(subgraph, place)
  await storedStep(place, await claimed(place, id), 'a', 1)
  expect(await outbox(subgraph, place)).toEqual(before)
  const events = await sql<{ type: string }>(subgraph, place, 'select type from agents.run_event order by seq')
  expect(events.map((event) => event.type)).toEqual(['run.queued', 'run.started', 'step.started', 'step.succeeded'])
})
