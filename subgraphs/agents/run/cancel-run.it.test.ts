import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Agents, claimed, newPlace, newRun, openAgents, outbox, sql } from '../../../tests/kit/agents.ts'
import { claimRun, finishRun, renewLease } from '../jobs.ts'
import { cancelRun } from './cancel-run.ts'

let subgraph: Agents
beforeAll(async () => {
  subgraph = await openAgents()
})
afterAll(() => subgraph.close())

const eventsOf = (place: ReturnType<typeof newPlace>) =>
  sql<{ seq: number; type: string }>(subgraph, place, 'select seq, type from agents.run_event order by seq')

test('a queued run ends at once, is never claimed, and its end is audited as the user’s doing', async () => {
  const place = newPlace(subgraph)
  const run = await newRun(place)
  const cancel = 'mutation ($id: ID!) { cancelRun(input: { runId: $id }) { id status finishedAt } }'
  const answer = await subgraph.ask(place.owner, cancel, { id: run.id })
  expect(answer.data?.cancelRun).toMatchObject({ id: run.id, status: 'CANCELLED', finishedAt: expect.any(String) })
  expect(await claimRun(place.system(), run.id, 'a worker', 60_000)).toBeUndefined()
  expect((await outbox(subgraph, place)).at(-1)?.data).toMatchObject({
    action: 'run.cancelled',
    actor: { type: 'user', id: place.owner.userId },
  })
})

test('a running run is only asked to end: its owner learns of it by the next renewal and ends it', async () => {
  const place = newPlace(subgraph)
  const run = await claimed(place, (await newRun(place)).id)
  expect(await renewLease(place.system(), run, 60_000)).toEqual({ cancelRequested: false })
  expect(await cancelRun(place.owning(), { runId: run.runId })).toMatchObject({
    status: 'RUNNING',
    cancelRequestedAt: expect.any(Date),
  })
  expect(await renewLease(place.system(), run, 60_000)).toEqual({ cancelRequested: true })
  await finishRun(place.system(), run, { status: 'CANCELLED' })
  expect((await eventsOf(place)).map((event) => event.type)).toEqual([
    'run.queued',
    'run.started',
    'run.cancel-requested',
    'run.cancelled',
  ])
})

test('whoever takes the run over is told that it should end', async () => {
  const place = newPlace(subgraph)
  const run = await claimed(place, (await newRun(place)).id, 1)
  await cancelRun(place.owning(), { runId: run.runId })
  await sql(subgraph, place, `update agents.run set lease_until = now() returning id`)
  expect((await claimed(place, run.runId)).cancelRequested).toBe(true)
})

test('asking again, also after the end, changes nothing and is recorded once', async () => {
  const place = newPlace(subgraph)
  const run = await claimed(place, (await newRun(place)).id)
  await Promise.all(Array.from({ length: 5 }, () => cancelRun(place.owning(), { runId: run.runId })))
  await finishRun(place.system(), run, { status: 'SUCCEEDED', output: 1 })
  expect(await cancelRun(place.owning(), { runId: run.runId })).toMatchObject({ status: 'SUCCEEDED', output: 1 })
  const actions = (await outbox(subgraph, place)).map((row) => row.data.action)
  expect(actions.filter((action) => String(action) === 'run.cancel-requested')).toHaveLength(1)
  expect(await eventsOf(place)).toHaveLength(4)
})
