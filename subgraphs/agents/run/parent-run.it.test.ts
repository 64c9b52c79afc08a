import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Agents,
  aCommit,
  aStep,
  claimed,
  claimRun,
  ended,
  newAgent,
  newPlace,
  newRun,
  openAgents,
  outbox,
  type Place,
  sql,
  storedStep,
} from '../../../tests/kit/agents.ts'
import { waitFor } from '../../../tests/kit/wait-for.ts'
import { commitRun, finishRun } from '../jobs.ts'
import { askToEnd } from './ask-to-end.ts'
import { forkRun } from './fork-run.ts'
import { replayRun } from './replay-run.ts'
import { startChildRun } from './start-child-run.ts'

let subgraph: Agents
beforeAll(async () => {
  subgraph = await openAgents()
})
afterAll(() => subgraph.close())

/** A run in hand whose step has begun, and the run that the step has started. */
async function family(place: Place) {
  const parent = await claimed(place, (await newRun(place)).id)
  const step = aStep(parent, 'sub', { kind: 'subagent' })
  await commitRun(place.system(), parent, aCommit({ steps: [step] }))
  const agent = await newAgent(place)
  const start = { path: 'sub', attempt: 1, effectKey: step.effectKey, agentId: agent.id, input: {} }
  const startChild = () => startChildRun(place.system(), parent, start)
  return { parent, step, startChild, childId: await startChild() }
}
const resolutionOf = async (place: Place, runId: string) =>
  (
    await sql<{ resolution: unknown }>(subgraph, place, 'select resolution from agents.step where run_id = ?', [runId])
  )[0]?.resolution
const statusOf = async (place: Place, runId: string) =>
  (await sql<{ status: string }>(subgraph, place, 'select status from agents.run where id = ?', [runId]))[0]?.status
const waiting = { status: 'WAITING', waitsFor: 'child' } as const

test('an attempt of a step starts one run, however often it asks', async () => {
  const place = newPlace(subgraph)
  const { parent, startChild, childId } = await family(place)
  expect(await Promise.all([startChild(), startChild(), startChild()])).toEqual([childId, childId, childId])
  const children = await sql(subgraph, place, 'select id from agents.run where parent_run_id = ?', [parent.runId])
  expect(children).toHaveLength(1)
})

test('a run that somebody else has by now starts nothing', async () => {
  const place = newPlace(subgraph)
  const { parent, startChild } = await family(place)
  await sql(subgraph, place, 'update agents.run set due_at = now() where id = ? returning id', [parent.runId])
  await claimed(place, parent.runId)
  await expect(startChild()).rejects.toMatchObject({ code: 'RUN_LEASE_LOST' })
})

test('a child that ends before its parent waits is not waited for', async () => {
  const place = newPlace(subgraph)
  const { parent, step, childId } = await family(place)
  await ended(place, await claimed(place, childId), { status: 'SUCCEEDED', output: 7 })
  const parked = aCommit({ number: 2, steps: [{ ...step, ...waiting }], leaves: 'parked' })
  expect(await commitRun(place.system(), parent, parked)).toMatchObject({ dueNow: true })
  const again = await claimed(place, parent.runId)
  expect(again.steps).toMatchObject([{ path: 'sub', resolution: { value: { runId: childId, output: 7 } } }])
})

test('a child that ends while its parent is being parked wakes it, whichever comes first', async () => {
  const place = newPlace(subgraph)
  for (let i = 0; i < 15; i++) {
    const { parent, step, childId } = await family(place)
    const child = await claimed(place, childId)
    const parked = aCommit({ number: 2, steps: [{ ...step, ...waiting }], leaves: 'parked' })
    await Promise.all([
      commitRun(place.system(), parent, parked),
      ended(place, child, { status: 'SUCCEEDED', output: i }),
    ])
    expect(await claimRun(place.system(), parent.runId)).toMatchObject({ epoch: 2 })
  }
})

test('an answer to a step of a run that is just being parked is seen: the park waits for whoever holds the run', async () => {
  const place = newPlace(subgraph)
  const { parent, step } = await family(place)
  await commitRun(place.system(), parent, aCommit({ number: 2, steps: [{ ...step, ...waiting }] }))
  let parked: Promise<unknown> = Promise.resolve()
  await subgraph.db.orm.em.fork().transactional(async (em) => {
    await em.execute(`select set_config('app.organization_id', ?, true)`, [place.organizationId])
    await em.execute('select 1 from agents.run where id = ? for update', [parent.runId])
    parked = commitRun(place.system(), parent, aCommit({ number: 3, leaves: 'parked' }))
    const isHeld = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%commit_run%'`
    // In transactions of their own: one sees a single moment of it.
    await waitFor('the park to wait', async () => (await sql(subgraph, place, isHeld)).length > 0)
    await em.execute(`update agents.step set resolution = '{"status": "SUCCEEDED"}' where run_id = ?`, [parent.runId])
  })
  expect(await parked).toMatchObject({ dueNow: true })
})

test('the end of an earlier attempt’s run answers nothing, and a new attempt forgets the answer to the last', async () => {
  const place = newPlace(subgraph)
  const { parent, step, childId } = await family(place)
  const child = await claimed(place, childId)
  await commitRun(place.system(), parent, aCommit({ number: 2, steps: [{ ...step, attempt: 2 }] }))
  await ended(place, child, { status: 'SUCCEEDED', output: 1 })
  expect(await resolutionOf(place, parent.runId)).toBeNull()
  await sql(subgraph, place, `update agents.step set resolution = '{}' where run_id = ? returning id`, [parent.runId])
  const retried = { ...step, attempt: 2, status: 'WAITING', waitsFor: 'retry' } as const
  const parked = aCommit({ number: 3, steps: [retried], leaves: 'parked' })
  expect(await commitRun(place.system(), parent, parked)).toMatchObject({ dueNow: false })
  expect(await resolutionOf(place, parent.runId)).toBeNull()
})

test('a queued child that is ended answers its parent, and asking again changes nothing', async () => {
  const place = newPlace(subgraph)
  const { parent, childId } = await family(place)
  expect(await askToEnd(place.owning(), childId)).toMatchObject({ status: 'CANCELLED' })
  expect(await askToEnd(place.owning(), childId)).toBeUndefined()
  expect(await resolutionOf(place, parent.runId)).toMatchObject({ error: { code: 'SUBAGENT_CANCELLED' } })
  expect(await statusOf(place, parent.runId)).toBe('RUNNING')
})

test('what a run undid, and what it could not, is in the audit record of its end', async () => {
  const place = newPlace(subgraph)
  const run = await claimed(place, (await newRun(place)).id)
  const end = { status: 'FAILED', error: { code: 'X', message: 'x', step: 'b' } } as const
  await finishRun(place.system(), run, { ...aCommit(), end }, { undone: ['a'], notUndone: ['c'] })
  expect((await outbox(subgraph, place)).find(({ data }) => String(data.action) === 'run.failed')?.data).toMatchObject({
    context: { detail: { code: 'X', undone: ['a'], notUndone: ['c'] } },
  })
})

test('a replay and a fork are audited, with the run that they repeat', async () => {
  const place = newPlace(subgraph)
  const run = await claimed(place, (await newRun(place)).id)
  await storedStep(place, run, 'greeting', 'Hello')
  await ended(place, run, { status: 'SUCCEEDED', output: 1 }, 2)
  const replayed = await replayRun(place.owning(), { runId: run.runId })
  const forked = await forkRun(place.owning(), { runId: run.runId, fromStep: 'greeting' })
  const records = (await outbox(subgraph, place)).map(({ data }) => data as Record<string, unknown>)
  for (const [action, id, detail] of [
    ['run.replayed', replayed.id, { replayOf: run.runId }],
    ['run.forked', forked.id, { forkedFrom: run.runId, forkedStep: 'greeting' }],
  ] as const)
    expect(records.find((each) => each.action === action)).toMatchObject({
      actor: { type: 'user', id: place.owner.userId },
      targets: expect.arrayContaining([expect.objectContaining({ id }), expect.objectContaining({ id: run.runId })]),
      context: { detail },
    })
})
