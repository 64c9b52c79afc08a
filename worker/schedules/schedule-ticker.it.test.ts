import { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#platform/id'
import { archiveAgent } from '../../subgraphs/agents/agent/archive-agent.ts'
import { createSchedule } from '../../subgraphs/agents/schedule/create-schedule.ts'
import type { Schedule } from '../../subgraphs/agents/schedule/schedule.entity.ts'
import type { CreateScheduleInput } from '../../subgraphs/agents/schedule/schedule.graphql.ts'
import { updateSchedule } from '../../subgraphs/agents/schedule/update-schedule.ts'
import { newAgent, newPlace, type Place } from '../../tests/kit/agents.ts'
import { type Engine, openEngine } from '../../tests/kit/engine.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'

interface Told {
  readonly action: string
  readonly detail: Record<string, unknown>
}

let engine: Engine
let trail: Pool
const others: Awaited<ReturnType<Engine['openWorker']>>[] = []
// Three workers, each with a ticker of its own.
beforeAll(async () => {
  engine = await openEngine()
  trail = new Pool({ connectionString: String(engine.services.environment.AUDIT_DATABASE_URL), max: 1 })
  for (let more = 0; more < 2; more++) others.push(await engine.openWorker())
})
afterAll(async () => {
  for (const worker of others) await worker.close()
  await trail.end()
  await engine.close()
})

const quick = { grants: [], steps: [{ id: 'a', kind: 'transform', expression: 'input.n' }] }
const long = { grants: [], steps: [{ id: 'a', kind: 'wait', for: '1h' }] }
const yearly = { cron: '0 0 1 1 *' }

async function newSchedule(place: Place, definition: object, more: Partial<CreateScheduleInput>): Promise<Schedule> {
  const agent = await newAgent(place, definition)
  return createSchedule(place.owning(), { agentId: agent.id, name: 'Nightly', input: { n: 1 }, ...yearly, ...more })
}

interface FiredRun {
  readonly id: string
  readonly status: string
  readonly fire_at: Date
  readonly started_by: string
}
const runsOf = (place: Place, { id }: Pick<Schedule, 'id'>) =>
  engine.query<FiredRun>('select * from agents.run where schedule_id = ? order by fire_at', [id], place)
const stored = async (place: Place, { id }: Pick<Schedule, 'id'>) =>
  (
    await engine.query<{ enabled: boolean; paused: { code: string } | null; due_at: Date | null; buffered: string[] }>(
      'select * from agents.schedule where id = ?',
      [id],
      place,
    )
  )[0]
/** Moves the next fire to a moment from now, as if time had passed. */
const fireIn = (place: Place, { id }: Pick<Schedule, 'id'>, interval = '-1 second') =>
  engine.query(
    `update agents.schedule set next_fire_at = date_trunc('second', now() + ?::interval), due_at = now() where id = ? returning id`,
    [interval, id],
    place,
  )
const hasRuns = (place: Place, schedule: Pick<Schedule, 'id'>, count: number) =>
  waitFor(`${count} runs of the schedule`, async () => {
    const runs = await runsOf(place, schedule)
    return runs.length >= count && runs
  })
const isPaused = (place: Place, schedule: Pick<Schedule, 'id'>) =>
  waitFor('the schedule to be paused', async () => (await stored(place, schedule))?.paused?.code)
/** What the trail tells of the place's schedules, once it tells of so much. */
const told = (place: Place, enough: (events: readonly Told[]) => boolean) =>
  waitFor('the trail', async () => {
    const client = await trail.connect()
    try {
      await client.query('begin')
      await client.query(`select set_config('app.organization_id', $1, true)`, [place.organizationId])
      const { rows } = await client.query<Told>(
        `select action, context->'detail' as detail from audit.event where action like 'schedule.%' order by seq`,
      )
      await client.query('commit')
      return enough(rows) && rows
    } finally {
      client.release()
    }
  })
const firesOf = (events: readonly Told[]) => events.filter(({ action }) => action === 'schedule.fired')

test('three schedulers at once make exactly one run for each fire, in the owner’s name', async () => {
  const place = newPlace(engine.agents)
  const schedules = await Promise.all(
    Array.from({ length: 4 }, () => newSchedule(place, quick, { cron: '* * * * * *', overlap: 'ALLOW_ALL' })),
  )
  for (const schedule of schedules) {
    const runs = await hasRuns(place, schedule, 3)
    await updateSchedule(place.owning(), { scheduleId: schedule.id, enabled: false })
    const seconds = runs.map(({ fire_at }) => new Date(fire_at).getTime() / 1_000)
    expect(seconds).toEqual(seconds.map((_, index) => (seconds[0] ?? 0) + index))
    expect(new Set(runs.map(({ started_by }) => started_by))).toEqual(new Set([place.owner.userId]))
    await engine.ended(runs[0]?.id ?? '', place)
  }
  const all = (await Promise.all(schedules.map((schedule) => runsOf(place, schedule)))).flat()
  // Each is told once too: nobody thought that a fire was theirs which another had made.
  const started = (events: readonly Told[]) =>
    firesOf(events).reduce((sum, { detail }) => sum + Number(detail.started), 0)
  expect(started(await told(place, (events) => started(events) >= all.length))).toBe(all.length)
})

test('fires that nobody made are made up within the window; older ones are dropped and told', async () => {
  const place = newPlace(engine.agents)
  const schedule = await newSchedule(place, quick, { cron: '0 * * * *', overlap: 'ALLOW_ALL', catchUpWindow: '150m' })
  await engine.query(
    `update agents.schedule set next_fire_at = date_trunc('hour', now()) - interval '9 hours', due_at = now() where id = ? returning id`,
    [schedule.id],
    place,
  )
  const count = (await hasRuns(place, schedule, 2)).length
  expect([2, 3]).toContain(count)
  expect(firesOf(await told(place, (events) => firesOf(events).length > 0))).toMatchObject([
    { detail: { started: count, missedFrom: expect.any(String), missedBefore: expect.any(String) } },
  ])
})

test('a schedule stops when its owner is disabled, or may not start runs any more', async () => {
  for (const [scopes, code] of [
    [null, 'OWNER_INACTIVE'],
    [['run:read'], 'OWNER_MAY_NOT_START'],
  ] as const) {
    const place = newPlace(engine.agents)
    const schedule = await newSchedule(place, quick, {})
    await fireIn(place, schedule)
    await hasRuns(place, schedule, 1)
    engine.people.scopes.set(place.owner.userId ?? '', scopes)
    await fireIn(place, schedule)
    expect(await isPaused(place, schedule)).toBe(code)
    expect(await stored(place, schedule)).toMatchObject({ enabled: false, due_at: null })
    expect(await runsOf(place, schedule)).toHaveLength(1)
    const isPause = ({ action }: Told) => action === 'schedule.paused'
    expect((await told(place, (events) => events.some(isPause))).filter(isPause)).toMatchObject([{ detail: { code } }])
  }
})

test('while nobody can say what the owner may do no run starts; it is made up afterwards', async () => {
  const place = newPlace(engine.agents)
  const schedule = await newSchedule(place, quick, {})
  engine.people.up = false
  try {
    await fireIn(place, schedule)
    await waitFor('the schedule to be put off', async () => {
      const due = (await stored(place, schedule))?.due_at
      return due != null && new Date(due).getTime() > Date.now()
    })
    expect(await runsOf(place, schedule)).toEqual([])
  } finally {
    engine.people.up = true
  }
  expect(await stored(place, schedule)).toMatchObject({ enabled: true, paused: null })
  await engine.query('update agents.schedule set due_at = now() where id = ? returning id', [schedule.id], place)
  await hasRuns(place, schedule, 1)
})

test('a run that failed stops the schedule before its next fire, once; enabling it has it go on', async () => {
  const place = newPlace(engine.agents)
  const fails = { grants: [], steps: [{ id: 'a', kind: 'transform', expression: '$error("no")' }] }
  const schedule = await newSchedule(place, fails, { pauseOnFailure: true })
  await fireIn(place, schedule, '-2 seconds')
  const [run] = await hasRuns(place, schedule, 1)
  expect((await engine.ended(run?.id ?? '', place)).status).toBe('FAILED')
  await fireIn(place, schedule)
  expect(await isPaused(place, schedule)).toBe('RUN_FAILED')
  await updateSchedule(place.owning(), { scheduleId: schedule.id, enabled: true })
  await fireIn(place, schedule)
  expect(await hasRuns(place, schedule, 2)).toHaveLength(2)
})

test('a schedule whose agent is archived stops', async () => {
  const place = newPlace(engine.agents)
  const schedule = await newSchedule(place, quick, {})
  await archiveAgent(place.owning(), { agentId: schedule.agentId })
  await fireIn(place, schedule)
  expect(await isPaused(place, schedule)).toBe('AGENT_NOT_PUBLISHED')
})

test('whoever changes a schedule has its runs use their rights from then on', async () => {
  const place = newPlace(engine.agents)
  const schedule = await newSchedule(place, quick, {})
  const other = { ...place.owner, userId: newId() }
  await updateSchedule(engine.agents.ctxFor(other), { scheduleId: schedule.id, input: { n: 2 } })
  await fireIn(place, schedule)
  expect(await hasRuns(place, schedule, 1)).toMatchObject([{ started_by: other.userId }])
})

/** A schedule with a run that does not end, and a second fire of it. */
async function secondFire(overlap: NonNullable<CreateScheduleInput['overlap']>) {
  const place = newPlace(engine.agents)
  const schedule = await newSchedule(place, long, { overlap })
  await fireIn(place, schedule, '-20 seconds')
  const [first] = await hasRuns(place, schedule, 1)
  const id = first?.id ?? ''
  await engine.until(id, ['WAITING'], place)
  await fireIn(place, schedule, '-10 seconds')
  return { place, schedule, first: id }
}
const looked = (place: Place) => told(place, (events) => firesOf(events).length >= 2)

test('while an earlier run goes on a fire is skipped', async () => {
  const { place, schedule } = await secondFire('SKIP')
  expect((await looked(place)).at(-1)).toMatchObject({ detail: { started: 0, skipped: 1 } })
  expect(await runsOf(place, schedule)).toHaveLength(1)
})

test('while an earlier run goes on one fire waits, and starts once that has ended', async () => {
  const { place, schedule, first } = await secondFire('BUFFER_ONE')
  await looked(place)
  expect((await stored(place, schedule))?.buffered).toHaveLength(1)
  await engine.query(
    `update agents.run set cancel_requested_at = now(), due_at = now() where id = ? returning id`,
    [first],
    place,
  )
  expect(await hasRuns(place, schedule, 2)).toMatchObject([{ status: 'CANCELLED' }, {}])
  expect((await stored(place, schedule))?.buffered).toEqual([])
})

test('a fire has the earlier run cancelled, and starts once that has ended', async () => {
  const { place, schedule, first } = await secondFire('CANCEL_OTHER')
  expect(await hasRuns(place, schedule, 2)).toMatchObject([{ status: 'CANCELLED' }, {}])
  expect(await engine.events(first, place)).toContain('run.cancel-requested')
})

test('a fire ends the earlier run at once, whatever it was at', async () => {
  const { place, schedule, first } = await secondFire('TERMINATE_OTHER')
  expect(await hasRuns(place, schedule, 2)).toMatchObject([{ status: 'CANCELLED' }, {}])
  expect((await engine.steps(first, place)).map(({ status }) => status)).toEqual(['CANCELLED'])
  expect((await engine.events(first, place)).at(-1)).toBe('run.cancelled')
})
