import { Client } from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { newId } from '#platform/id'
import { type Agents, claimed, endLease, newPlace, newRun, openAgents, sql } from '../../../tests/kit/agents.ts'
import { waitFor } from '../../../tests/kit/wait-for.ts'
import { beginStep, failStep, StepOutputInvalidError, StepStateError, storeStep } from '../jobs.ts'

let subgraph: Agents
beforeAll(async () => {
  subgraph = await openAgents()
})
afterAll(() => subgraph.close())

const step = { path: 'a', id: 'a', kind: 'tool' } as const
async function runningRun() {
  const place = newPlace(subgraph)
  const { id } = await newRun(place)
  return { place, run: await claimed(place, id) }
}
const stepsOf = (place: ReturnType<typeof newPlace>) =>
  sql(subgraph, place, 'select path, status, attempt, output, error from agents.step order by began_seq')

test('each attempt of a step gets the next number and the same effect key, also under another owner', async () => {
  const { place, run } = await runningRun()
  const first = await beginStep(place.system(), run, step)
  await failStep(place.system(), run, 'a', { code: 'BUSY', message: 'Later.' })
  const second = await beginStep(place.system(), run, step)
  await endLease(subgraph, place, run.runId)
  const third = await beginStep(place.system(), await claimed(place, run.runId), step)
  expect([first.attempt, second.attempt, third.attempt]).toEqual([1, 2, 3])
  expect(new Set([first.effectKey, second.effectKey, third.effectKey]).size).toBe(1)
  expect(first.effectKey).toMatch(/^[\w-]{43}$/)
})

test('effect keys differ between steps and between runs', async () => {
  const [one, other] = [await runningRun(), await runningRun()]
  const keys = [
    await beginStep(one.place.system(), one.run, step),
    await beginStep(one.place.system(), one.run, { ...step, path: 'b', id: 'b' }),
    await beginStep(other.place.system(), other.run, step),
  ].map((attempt) => attempt.effectKey)
  expect(new Set(keys).size).toBe(3)
})

test('a completed step cannot be begun, stored or failed again', async () => {
  const { place, run } = await runningRun()
  await beginStep(place.system(), run, step)
  await storeStep(place.system(), run, 'a', { n: 1 })
  await expect(beginStep(place.system(), run, step)).rejects.toThrow(StepStateError)
  await expect(storeStep(place.system(), run, 'a', 2)).rejects.toThrow(StepStateError)
  await expect(failStep(place.system(), run, 'a', { code: 'X', message: 'x' })).rejects.toThrow(StepStateError)
  expect(await stepsOf(place)).toEqual([{ path: 'a', status: 'SUCCEEDED', attempt: 1, output: { n: 1 }, error: null }])
})

test('a step that was never begun cannot be stored', async () => {
  const { place, run } = await runningRun()
  await expect(storeStep(place.system(), run, 'a', 1)).rejects.toThrow(StepStateError)
})

test('a failure is kept with its words made storable, and forgotten by the next attempt', async () => {
  const { place, run } = await runningRun()
  await beginStep(place.system(), run, step)
  await failStep(place.system(), run, 'a', { code: 'REFUSED', message: `no\0${'x'.repeat(3_000)}` })
  expect(await stepsOf(place)).toEqual([
    {
      path: 'a',
      status: 'FAILED',
      attempt: 1,
      output: null,
      error: { code: 'REFUSED', message: `no\u{fffd}${'x'.repeat(1_997)}` },
    },
  ])
  await beginStep(place.system(), run, step)
  expect(await stepsOf(place)).toEqual([{ path: 'a', status: 'RUNNING', attempt: 2, output: null, error: null }])
})

test.each([
  ['too large', 'x'.repeat(1024 * 1024)],
  ['not storable', 'x\0'],
])('an output that is %s leaves the step open', async (_name, output) => {
  const { place, run } = await runningRun()
  await beginStep(place.system(), run, step)
  await expect(storeStep(place.system(), run, 'a', output)).rejects.toThrow(StepOutputInvalidError)
  await storeStep(place.system(), run, 'a', undefined)
  expect(await stepsOf(place)).toMatchObject([{ status: 'SUCCEEDED', output: null }])
})

test('a step waits for whoever is inserting the same one', async () => {
  const { place, run } = await runningRun()
  const rival = new Client({ connectionString: inject('environment').AGENTS_DATABASE_URL })
  await rival.connect()
  try {
    await rival.query('begin')
    await rival.query(`select set_config('app.organization_id', $1, true)`, [place.organizationId])
    await rival.query(
      `insert into agents.step (organization_id, id, run_id, path, step_id, kind, status, attempt, effect_key, began_seq, started_at)
       values ($1, $2, $3, 'a', 'a', 'tool', 'RUNNING', 1, 'rival', 1, now())`,
      [place.organizationId, newId(), run.runId],
    )
    const begun = beginStep(place.system(), run, step)
    await waitFor('the step to wait', async () => {
      // Not through the rival: a transaction sees the activity of its first look again and again.
      const waiting = await sql(
        subgraph,
        place,
        `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%agents.step as step%'`,
      )
      return waiting.length > 0
    })
    await rival.query('rollback')
    expect(await begun).toMatchObject({ attempt: 1 })
  } finally {
    await rival.end()
  }
})
