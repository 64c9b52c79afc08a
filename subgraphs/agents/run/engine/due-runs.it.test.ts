import { Pool } from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import {
  type Agents,
  claimed,
  ended,
  endLease,
  newPlace,
  newRun,
  openAgents,
  sql,
} from '../../../../tests/kit/agents.ts'
import { waitFor } from '../../../../tests/kit/wait-for.ts'
import { dueOnLastChance, dueRuns } from '../../jobs.ts'
import { cancelRun } from '../cancel-run.ts'

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

const dueOf = async (organizationId: string) =>
  (await dueRuns(sweep, 100_000)).filter((due) => due.organizationId === organizationId).map((due) => due.runId)

test('due are queued runs and those whose owner went silent, oldest first, whichever organization they are in', async () => {
  const place = newPlace(subgraph)
  const [silent, waiting, running, done, cancelled] = [
    await newRun(place),
    await newRun(place),
    await newRun(place),
    await newRun(place),
    await newRun(place),
  ]
  await claimed(place, silent.id)
  await claimed(place, running.id)
  await ended(place, await claimed(place, done.id), { status: 'SUCCEEDED', output: 1 })
  await cancelRun(place.owning(), { runId: cancelled.id })
  expect(await dueOf(place.organizationId)).toEqual([waiting.id])
  await endLease(subgraph, place, silent.id)
  expect((await dueOf(place.organizationId)).toSorted()).toEqual([silent.id, waiting.id].toSorted())
  const elsewhere = newPlace(subgraph)
  const other = await newRun(elsewhere)
  expect(await dueOf(elsewhere.organizationId)).toEqual([other.id])
})

test('the run that has waited longest comes first, and the list is bounded', async () => {
  const place = newPlace(subgraph)
  const waiting = [await newRun(place), await newRun(place), await newRun(place)]
  expect(await dueOf(place.organizationId)).toEqual(waiting.map((run) => run.id))
  expect(await dueRuns(sweep, 2)).toHaveLength(2)
})

test('those on their last chance are no part of what is due: they are told one by one', async () => {
  const place = newPlace(subgraph)
  const [suspect, once, fresh] = [await newRun(place), await newRun(place), await newRun(place)]
  for (const { id } of [suspect, suspect, once]) {
    await claimed(place, id)
    await endLease(subgraph, place, id)
  }
  expect((await dueOf(place.organizationId)).toSorted()).toEqual([once.id, fresh.id].toSorted())
  // Those that have been due longest come first, also before what others have left here.
  await sql(subgraph, place, `update agents.run set due_at = '2000-01-01' where id = '${suspect.id}' returning id`)
  await waitFor('the suspect to be told', async () => (await dueOnLastChance(sweep))?.runId === suspect.id)
  await claimed(place, suspect.id)
  await endLease(subgraph, place, suspect.id)
  // To be set aside.
  expect(await dueOf(place.organizationId)).toContain(suspect.id)
})

test.each([
  'select input from agents.run',
  'select output from agents.run',
  'select started_by from agents.run',
  'select * from agents.run',
  'select * from agents.step',
  'select * from agents.run_event',
  'select * from agents.agent',
  'select * from agents.agent_version',
  'select * from agents.agent_connection',
  'select * from agents.outbox',
  'select * from agents.migrations',
  `update agents.run set status = 'FAILED'`,
  'delete from agents.run',
  'select * from identity.session',
  'select * from integrations.outbox',
  'select * from audit.outbox',
])('the sweep’s role may not: %s', async (statement) => {
  await expect(sweep.query(statement)).rejects.toThrow(/permission denied/)
})
