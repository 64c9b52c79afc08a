import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#platform/id'
import {
  type Agents,
  aCommit,
  aStep,
  claimed,
  ended,
  endLease,
  newPlace,
  newRun,
  openAgents,
  outbox,
  type Place,
  sql,
  storedStep,
} from '../../../../tests/kit/agents.ts'
import { type ClaimedRun, commitRun, RunLeaseLostError } from '../../jobs.ts'

let subgraph: Agents
beforeAll(async () => {
  subgraph = await openAgents()
})
afterAll(() => subgraph.close())

const failure = { status: 'FAILED', error: { code: 'X', message: 'x', step: 'a' } } as const
const commits: [string, (place: Place, run: ClaimedRun) => Promise<unknown>][] = [
  ['store a step', (place, run) => storedStep(place, run, 'a', 'stale', 2)],
  ['begin a step', (place, run) => commitRun(place.system(), run, aCommit({ number: 2, steps: [aStep(run, 'b')] }))],
  ['release the run', (place, run) => commitRun(place.system(), run, aCommit({ number: 2, leaves: 'released' }))],
  ['park the run', (place, run) => commitRun(place.system(), run, aCommit({ number: 2, leaves: 'parked' }))],
  ['finish the run', (place, run) => ended(place, run, { status: 'SUCCEEDED', output: 'stale' }, 2)],
  ['fail the run', (place, run) => ended(place, run, failure, 2)],
]

const everything = (place: Place) =>
  Promise.all(
    ['run', 'step', 'run_event', 'outbox'].map((table) =>
      sql(subgraph, place, `select * from agents.${table} order by id`),
    ),
  )
const begun = async (place: Place) => {
  const run = await claimed(place, (await newRun(place)).id)
  await commitRun(place.system(), run, aCommit({ steps: [aStep(run, 'a')] }))
  return run
}

test.each(commits)('an owner who was replaced cannot %s', async (_name, commit) => {
  const place = newPlace(subgraph)
  const stale = await begun(place)
  await endLease(subgraph, place, stale.runId)
  // The next owner is as far as they were, so that their next commit would be its next.
  await commitRun(place.system(), await claimed(place, stale.runId), aCommit())
  const before = await everything(place)
  await expect(commit(place, stale)).rejects.toThrow(RunLeaseLostError)
  expect(await everything(place)).toEqual(before)
})

test.each(commits)('once a run is finished, its last owner cannot %s', async (_name, commit) => {
  const place = newPlace(subgraph)
  const run = await begun(place)
  await ended(place, run, { status: 'SUCCEEDED', output: 'done' }, 2)
  const before = await everything(place)
  const later = { ...aCommit({ number: 3 }) }
  await expect(commitRun(place.system(), run, later)).rejects.toThrow(RunLeaseLostError)
  await commit(place, run).catch(() => undefined)
  expect(await everything(place)).toEqual(before)
})

test.each(commits)('an owner in another organization cannot %s', async (_name, commit) => {
  const place = newPlace(subgraph)
  const run = await begun(place)
  await expect(commit(newPlace(subgraph), run)).rejects.toThrow(RunLeaseLostError)
})

test('of many ends at the same time one is written', async () => {
  const place = newPlace(subgraph)
  const run = await claimed(place, (await newRun(place)).id)
  await Promise.allSettled(
    Array.from({ length: 10 }, (_, i) => ended(place, run, i % 2 === 0 ? failure : { status: 'CANCELLED' })),
  )
  const actions = (await outbox(subgraph, place)).map((row) => String(row.data.action))
  expect(actions.filter((action) => /run\.(failed|cancelled)/.test(action))).toHaveLength(1)
  const ends = await sql(subgraph, place, `select 1 from agents.run_event where type like 'run.%ed' and seq > 2`)
  expect(ends).toHaveLength(1)
})

test('a commit whose answer was lost is sent again and stored once', async () => {
  const place = newPlace(subgraph)
  const run = await claimed(place, (await newRun(place)).id)
  const events = [{ id: newId(), type: 'step.succeeded' as const, data: {}, at: new Date().toISOString() }]
  const commit = aCommit({ steps: [aStep(run, 'a')], events, stepsDone: 1, inputTokens: 5, leaves: 'parked' })
  expect(await commitRun(place.system(), run, commit)).toMatchObject({ repeated: false, dueNow: false })
  const once = await everything(place)
  expect(await commitRun(place.system(), run, commit)).toMatchObject({ repeated: true, dueNow: false })
  expect(await everything(place)).toEqual(once)
})

test('an end whose answer was lost is sent again and audited once', async () => {
  const place = newPlace(subgraph)
  const run = await claimed(place, (await newRun(place)).id)
  await ended(place, run, failure)
  const once = await everything(place)
  await ended(place, run, failure)
  expect(await everything(place)).toEqual(once)
})

test('what a run used up is added, commit by commit', async () => {
  const place = newPlace(subgraph)
  const { id } = await newRun(place)
  const run = await claimed(place, id)
  const used = { stepsDone: 1, inputTokens: 10, outputTokens: 3, costMicros: 7 }
  await commitRun(place.system(), run, aCommit(used))
  await commitRun(place.system(), run, aCommit({ number: 2, ...used, leaves: 'released' }))
  expect((await claimed(place, id)).used).toEqual({ stepsDone: 2, inputTokens: 20, outputTokens: 6, costMicros: 14 })
})

test.each([
  [{ status: 'SUCCEEDED', output: { a: 'text' } } as const, 'run.succeeded', { a: 'text' }, null],
  [failure, 'run.failed', null, failure.error],
  [{ status: 'CANCELLED' } as const, 'run.cancelled', null, null],
])(
  'an end is stored, and audited as the agent’s doing on behalf of the starter: %j',
  async (outcome, action, output, error) => {
    const place = newPlace(subgraph)
    const run = await claimed(place, (await newRun(place)).id)
    await ended(place, run, outcome)
    const stored = await sql(
      subgraph,
      place,
      'select status, output, error, lease_owner, finished_at is not null as ended from agents.run',
    )
    expect(stored).toEqual([{ status: outcome.status, output, error, lease_owner: null, ended: true }])
    const records = (await outbox(subgraph, place)).filter((row) => row.type === 'audit.recorded@1')
    expect(records.at(-1)).toMatchObject({
      key: `run:${run.runId}`,
      data: {
        action,
        actor: { type: 'agent', id: run.agentId, onBehalfOf: place.owner.userId },
        targets: [{ id: run.runId }, { id: run.agentId }],
      },
    })
  },
)

test('events are numbered without gap or repetition, whoever tells them at the same time', async () => {
  const place = newPlace(subgraph)
  const { id } = await newRun(place)
  const stale = await claimed(place, id)
  await endLease(subgraph, place, id)
  const run = await claimed(place, id)
  const event = (n: number) => ({
    id: newId(),
    type: 'step.started' as const,
    data: { n },
    at: new Date().toISOString(),
  })
  for (let number = 1; number <= 15; number++) {
    const events = [event(number), event(-number)]
    await Promise.allSettled([
      commitRun(place.system(), stale, aCommit({ number, events })),
      commitRun(place.system(), run, aCommit({ number, events })),
    ])
  }
  const told = await sql<{ seq: number; data: { n: number } }>(
    subgraph,
    place,
    `select seq, data from agents.run_event where type = 'step.started' order by seq`,
  )
  expect(told.map(({ seq }) => seq)).toEqual(Array.from({ length: 30 }, (_, i) => i + 4))
  expect(told.map(({ data }) => data.n)).toEqual(Array.from({ length: 15 }, (_, i) => [i + 1, -i - 1]).flat())
})

test('the end of a run is stored once, with one record and one event, however often it is sent', async () => {
  const place = newPlace(subgraph)
  const run = await claimed(place, (await newRun(place)).id)
  for (let n = 0; n < 3; n += 1) await ended(place, run, { status: 'SUCCEEDED', output: 1 })
  const told = (await outbox(subgraph, place)).filter(({ key }) => key === `run:${run.runId}`)
  expect(told.filter(({ data }) => data.action === 'run.succeeded')).toHaveLength(1)
  expect(told.filter(({ type }) => type === 'run.advanced@1')).toHaveLength(1)
})

test('an owner who lost the run records no end of it', async () => {
  const place = newPlace(subgraph)
  const run = await claimed(place, (await newRun(place)).id)
  await expect(ended(place, { ...run, epoch: run.epoch - 1 }, { status: 'SUCCEEDED' })).rejects.toMatchObject({
    code: 'RUN_LEASE_LOST',
  })
  expect((await outbox(subgraph, place)).filter(({ data }) => data.action === 'run.succeeded')).toEqual([])
})
