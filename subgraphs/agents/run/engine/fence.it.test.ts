import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Agents,
  claimed,
  endLease,
  newPlace,
  newRun,
  openAgents,
  outbox,
  sql,
} from '../../../../tests/kit/agents.ts'
import {
  beginStep,
  type ClaimedRun,
  failStep,
  finishRun,
  RunLeaseLostError,
  RunOutputInvalidError,
  releaseRun,
  renewLease,
  storeStep,
} from '../../jobs.ts'

let subgraph: Agents
beforeAll(async () => {
  subgraph = await openAgents()
})
afterAll(() => subgraph.close())

type Place = ReturnType<typeof newPlace>
const step = { path: 'a', id: 'a', kind: 'tool' } as const
const commits: [string, (place: Place, run: ClaimedRun) => Promise<unknown>][] = [
  ['renew its lease', (place, run) => renewLease(place.system(), run, 60_000)],
  ['begin a step', (place, run) => beginStep(place.system(), run, { ...step, path: 'b' })],
  ['store a step', (place, run) => storeStep(place.system(), run, 'a', 'stale')],
  ['fail a step', (place, run) => failStep(place.system(), run, 'a', { code: 'X', message: 'x' })],
  ['release the run', (place, run) => releaseRun(place.system(), run)],
  ['finish the run', (place, run) => finishRun(place.system(), run, { status: 'SUCCEEDED', output: 'stale' })],
  ['fail the run', (place, run) => finishRun(place.system(), run, failure)],
]
const failure = { status: 'FAILED', error: { code: 'X', message: 'x', step: 'a' } } as const

const everything = (place: Place) =>
  Promise.all(
    ['run', 'step', 'run_event', 'outbox'].map((table) =>
      sql(subgraph, place, `select * from agents.${table} order by id`),
    ),
  )

test.each(commits)('an owner who was replaced cannot %s', async (_name, commit) => {
  const place = newPlace(subgraph)
  const { id } = await newRun(place)
  const stale = await claimed(place, id)
  await beginStep(place.system(), stale, step)
  await endLease(subgraph, place, id)
  await claimed(place, id)
  const before = await everything(place)
  await expect(commit(place, stale)).rejects.toThrow(RunLeaseLostError)
  expect(await everything(place)).toEqual(before)
})

test.each(commits)('once a run is finished, its last owner cannot %s', async (_name, commit) => {
  const place = newPlace(subgraph)
  const run = await claimed(place, (await newRun(place)).id)
  await beginStep(place.system(), run, step)
  await finishRun(place.system(), run, { status: 'SUCCEEDED', output: 'done' })
  const before = await everything(place)
  await expect(commit(place, run)).rejects.toThrow(RunLeaseLostError)
  expect(await everything(place)).toEqual(before)
})

test.each(commits)('an owner in another organization cannot %s', async (_name, commit) => {
  const place = newPlace(subgraph)
  const run = await claimed(place, (await newRun(place)).id)
  await expect(commit(newPlace(subgraph), run)).rejects.toThrow(RunLeaseLostError)
})

test('of many ends at the same time one is written', async () => {
  const place = newPlace(subgraph)
  const run = await claimed(place, (await newRun(place)).id)
  const ends = await Promise.allSettled(
    Array.from({ length: 10 }, (_, i) =>
      finishRun(place.system(), run, i % 2 === 0 ? failure : { status: 'CANCELLED' }),
    ),
  )
  expect(ends.filter((end) => end.status === 'fulfilled')).toHaveLength(1)
  const actions = (await outbox(subgraph, place)).map((row) => String(row.data.action))
  expect(actions.filter((action) => /run\.(failed|cancelled)/.test(action))).toHaveLength(1)
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
    await finishRun(place.system(), run, outcome)
    const stored = await sql(
      subgraph,
      place,
      'select status, output, error, lease_owner, finished_at is not null as ended from agents.run',
    )
    expect(stored).toEqual([{ status: outcome.status, output, error, lease_owner: null, ended: true }])
    expect((await outbox(subgraph, place)).at(-1)).toMatchObject({
      key: `run:${run.runId}`,
      data: {
        action,
        actor: { type: 'agent', id: run.agentId, onBehalfOf: place.owner.userId },
        targets: [{ id: run.runId }, { id: run.agentId }],
      },
    })
  },
)

test('an output that cannot be stored leaves the run going', async () => {
  const place = newPlace(subgraph)
  const run = await claimed(place, (await newRun(place)).id)
  const end = finishRun(place.system(), run, { status: 'SUCCEEDED', output: 'x\0' })
  await expect(end).rejects.toThrow(RunOutputInvalidError)
  await finishRun(place.system(), run, failure)
})

test('events are numbered without gap or repetition, whoever commits at the same time', async () => {
  const place = newPlace(subgraph)
  const { id } = await newRun(place)
  const stale = await claimed(place, id)
  await endLease(subgraph, place, id)
  const run = await claimed(place, id)
  await Promise.allSettled(
    [stale, run].flatMap((hold) =>
      Array.from({ length: 15 }, async (_, n) => {
        const path = `s${n}`
        await beginStep(place.system(), hold, { path, id: path, kind: 'transform' })
        await storeStep(place.system(), hold, path, n)
      }),
    ),
  )
  await finishRun(place.system(), run, { status: 'SUCCEEDED', output: null })
  const events = await sql<{ seq: number }>(subgraph, place, 'select seq from agents.run_event order by seq')
  expect(events.map((event) => event.seq)).toEqual(Array.from({ length: 3 + 30 + 1 }, (_, i) => i + 1))
})
