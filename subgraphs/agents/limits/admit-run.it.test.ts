import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Agents,
  aCommit,
  claimed,
  claimRun,
  ended,
  newAgent,
  newPlace,
  openAgents,
  type Place,
  smallDefinition,
  sql,
} from '../../../tests/kit/agents.ts'
import { commitRun, RunClaims } from '../jobs.ts'
import { startRun } from '../run/start-run.ts'
import { updateRunPolicy } from './update-run-policy.ts'

let subgraph: Agents
beforeAll(async () => {
  subgraph = await openAgents()
})
afterAll(() => subgraph.close())

async function queued(place: Place, count: number, limits: object = {}, input: (n: number) => object = () => ({})) {
  const agent = await newAgent(place, smallDefinition({ limits }))
  const ids: string[] = []
  for (let n = 0; n < count; n += 1)
    ids.push((await startRun(place.owning(), { agentId: agent.id, input: input(n) })).id)
  return ids
}

const policy = (place: Place, concurrency: number) => updateRunPolicy(place.owning(), { concurrency })
const heldBy = async (place: Place, id: string) =>
  (await sql<{ held_by: string | null }>(subgraph, place, 'select held_by from agents.run where id = ?', [id]))[0]
    ?.held_by

async function claimAll(place: Place, ids: readonly string[], claims?: RunClaims) {
  const all = ids.map((id) => (claims === undefined ? claimRun(place.system(), id) : claims.claim(place.system(), id)))
  return (await Promise.all(all)).filter((run) => run !== undefined)
}

describe('slots of an organization', () => {
  test.each([3, 12])('are never exceeded, also when 40 claims race for %i of them', async (slots) => {
    const place = newPlace(subgraph)
    await policy(place, slots)
    const ids = await queued(place, 40)
    for (let round = 0; round < 3; round += 1) {
      await claimAll(place, ids)
      const [{ running } = { running: -1 }] = await sql<{ running: number }>(
        subgraph,
        place,
        `select count(*)::int as running from agents.run where status = 'RUNNING'`,
      )
      expect(running).toBeLessThanOrEqual(slots)
      expect(running).toBeGreaterThanOrEqual(Math.min(slots, 1))
    }
  })

  test('go to those that are held in the order in which they were queued, and not past them to a new one', async () => {
    const place = newPlace(subgraph)
    await policy(place, 1)
    const [first = '', second = '', third = ''] = await queued(place, 3)
    const run = await claimed(place, first)
    expect(await claimAll(place, [second])).toEqual([])
    expect(await heldBy(place, second)).toBe('organization')
    await ended(place, run, { status: 'SUCCEEDED', output: null })
    expect(await claimAll(place, [third])).toEqual([])
    expect(await claimAll(place, [second])).toHaveLength(1)
    expect(await heldBy(place, second)).toBeNull()
  })

  test('are not held by a run that waits, and a run that is to be ended needs none', async () => {
    const place = newPlace(subgraph)
    await policy(place, 1)
    const [first = '', second = ''] = await queued(place, 2)
    const waiting = await claimed(place, first)
    await commitRun(place.system(), waiting, { ...aCommit(), leaves: 'parked' })
    const taken = await claimed(place, second)
    await sql(subgraph, place, 'update agents.run set due_at = now() where id = ? returning id', [first])
    expect(await claimAll(place, [first])).toEqual([])
    expect(await heldBy(place, first)).toBe('organization')
    await sql(subgraph, place, 'update agents.run set cancel_requested_at = now() where id = ? returning id', [first])
    expect(await claimAll(place, [first])).toMatchObject([{ cancelRequested: true }])
    expect(taken.runId).toBe(second)
  })

  test('do not stop whoever takes over from a lost owner', async () => {
    const place = newPlace(subgraph)
    await policy(place, 1)
    const [first = ''] = await queued(place, 1)
    await claimed(place, first, 0)
    expect(await claimed(place, first)).toMatchObject({ epoch: 2 })
  })
})

test('an agent has its own slots, and they do not hold the runs of others', async () => {
  const place = newPlace(subgraph)
  const ids = await queued(place, 5, { concurrency: { runs: 2 } })
  expect(await claimAll(place, ids)).toHaveLength(2)
  expect(await claimAll(place, await queued(place, 3))).toHaveLength(3)
})

test('with a key an agent has slots for each of its values, told once from the input and its defaults', async () => {
  const place = newPlace(subgraph)
  const told: unknown[] = []
  const claims = new RunClaims('a worker', 60_000, {
    evaluate: async (expression, { input }) => {
      told.push(expression)
      return (input as { customer: string }).customer
    },
  })
  const ids = await queued(place, 6, { concurrency: { runs: 1, key: 'input.customer' } }, (n) => ({
    customer: `c${n % 2}`,
  }))
  const taken = await claimAll(place, ids, claims)
  expect(taken.map(({ input }) => input.customer).sort()).toEqual(['c0', 'c1'])
  await claimAll(place, ids, claims)
  expect(told).toHaveLength(6)
})

describe('a rate', () => {
  test('lets so many runs begin, and holds the next until the time for it has come', async () => {
    const place = newPlace(subgraph)
    const held: (string | null)[] = []
    const claims = new RunClaims('a worker', 60_000, { onHeld: (_organization, _run, { at }) => void held.push(at) })
    const ids = await queued(place, 5, { rate: { runs: 2, period: '1m' } })
    for (const id of ids) await claims.claim(place.system(), id)
    const rows = await sql<{ status: string; due: number }>(
      subgraph,
      place,
      `select status, extract(epoch from due_at - now())::float8 as due from agents.run order by queued_at`,
    )
    expect(rows.map(({ status }) => status)).toEqual(['RUNNING', 'RUNNING', 'QUEUED', 'QUEUED', 'QUEUED'])
    // 2 a minute are one every 30 s; only the first of those that are held has a time.
    expect(rows[2]?.due).toBeGreaterThan(25)
    expect(rows[2]?.due).toBeLessThanOrEqual(30)
    expect(held).toEqual([expect.any(String), null, null])
  })

  test('is not asked again of a run that goes on after a wait', async () => {
    const place = newPlace(subgraph)
    const [id = ''] = await queued(place, 1, { rate: { runs: 1, period: '1h' } })
    const run = await claimed(place, id)
    await commitRun(place.system(), run, { ...aCommit(), leaves: 'parked', dueAt: new Date(0).toISOString() })
    expect(await claimed(place, id)).toMatchObject({ epoch: 2 })
  })
})
