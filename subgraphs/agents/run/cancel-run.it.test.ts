import { Pool } from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { newId } from '#platform/id'
import {
  type Agents,
  aCommit,
  claimed,
  claimRun,
  ended,
  newAgent,
  newPlace,
  newRun,
  openAgents,
  outbox,
  sql,
} from '../../../tests/kit/agents.ts'
import { type ClaimedRun, commitRun, renewLeases } from '../jobs.ts'
import { cancelRun } from './cancel-run.ts'
import { startChildRun } from './start-child-run.ts'

let subgraph: Agents
let sweep: Pool
beforeAll(async () => {
  subgraph = await openAgents()
  sweep = new Pool({ connectionString: inject('environment').SWEEP_DATABASE_URL, max: 2 })
})
afterAll(async () => {
  await sweep.end()
  await subgraph.close()
})
const heartbeat = (run: ClaimedRun) => renewLeases(sweep, 'a worker', [run], 60_000)

const eventsOf = (place: ReturnType<typeof newPlace>) =>
  sql<{ seq: number; type: string }>(subgraph, place, 'select seq, type from agents.run_event order by seq')

test('a queued run ends at once, is never claimed, and its end is audited as the user’s doing', async () => {
  const place = newPlace(subgraph)
  const run = await newRun(place)
  const cancel = 'mutation ($id: ID!) { cancelRun(input: { runId: $id }) { id status finishedAt } }'
  const answer = await subgraph.ask(place.owner, cancel, { id: run.id })
  expect(answer.data?.cancelRun).toMatchObject({ id: run.id, status: 'CANCELLED', finishedAt: expect.any(String) })
  expect(await claimRun(place.system(), run.id)).toBeUndefined()
  expect((await outbox(subgraph, place)).at(-1)?.data).toMatchObject({
    action: 'run.cancelled',
    actor: { type: 'user', id: place.owner.userId },
  })
})

test('a running run is only asked to end: its owner learns of it by its next heartbeat and ends it', async () => {
  const place = newPlace(subgraph)
  const run = await claimed(place, (await newRun(place)).id)
  expect(await heartbeat(run)).toMatchObject([{ runId: run.runId, cancelRequested: false }])
  expect(await cancelRun(place.owning(), { runId: run.runId })).toMatchObject({
    status: 'RUNNING',
    cancelRequestedAt: expect.any(Date),
  })
  expect(await heartbeat(run)).toMatchObject([{ runId: run.runId, cancelRequested: true }])
  await ended(place, run, { status: 'CANCELLED' })
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
  await sql(subgraph, place, `update agents.run set due_at = now() returning id`)
  expect((await claimed(place, run.runId)).cancelRequested).toBe(true)
})

test('asking again, also after the end, changes nothing and is recorded once', async () => {
  const place = newPlace(subgraph)
  const run = await claimed(place, (await newRun(place)).id)
  await Promise.all(Array.from({ length: 5 }, () => cancelRun(place.owning(), { runId: run.runId })))
  await ended(place, run, { status: 'SUCCEEDED', output: 1 })
  expect(await cancelRun(place.owning(), { runId: run.runId })).toMatchObject({ status: 'SUCCEEDED', output: 1 })
  const actions = (await outbox(subgraph, place)).map((row) => row.data.action)
  expect(actions.filter((action) => String(action) === 'run.cancel-requested')).toHaveLength(1)
  expect(await eventsOf(place)).toHaveLength(4)
})

test('a waiting run is taken up at once to be ended', async () => {
  const place = newPlace(subgraph)
  const run = await claimed(place, (await newRun(place)).id)
  await commitRun(place.system(), run, aCommit({ leaves: 'parked' }))
  expect(await cancelRun(place.owning(), { runId: run.runId })).toMatchObject({ status: 'WAITING' })
  expect(await claimed(place, run.runId)).toMatchObject({ epoch: 2, cancelRequested: true })
})

test('a heartbeat says nothing of runs that are somebody else’s by now, or have ended', async () => {
  const place = newPlace(subgraph)
  const [ours, ends] = [await claimed(place, (await newRun(place)).id), await claimed(place, (await newRun(place)).id)]
  await ended(place, ends, { status: 'SUCCEEDED', output: 1 })
  expect(await renewLeases(sweep, 'a worker', [ours, ends], 60_000)).toMatchObject([{ runId: ours.runId, epoch: 1 }])
  expect(await renewLeases(sweep, 'another worker', [ours, ends], 60_000)).toEqual([])
})

test('a run that was started while its parent was ended by force is told that it should end', async () => {
  const place = newPlace(subgraph)
  const parent = await claimed(place, (await newRun(place)).id)
  const agent = await newAgent(place)
  const start = { path: 'a', attempt: 1, effectKey: newId(), agentId: agent.id, input: {} }
  const child = await startChildRun(place.system(), parent, start)
  await sql(subgraph, place, `update agents.run set status = 'CANCELLED' where id = ? returning id`, [parent.runId])
  expect((await claimed(place, child)).cancelRequested).toBe(true)
})
