import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#platform/id'
import { archiveAgent } from '../../subgraphs/agents/agent/archive-agent.ts'
import { createSchedule } from '../../subgraphs/agents/schedule/create-schedule.ts'
import type { Schedule } from '../../subgraphs/agents/schedule/schedule.entity.ts'
import type { CreateScheduleInput } from '../../subgraphs/agents/schedule/schedule.graphql.ts'
import { updateSchedule } from '../../subgraphs/agents/schedule/update-schedule.ts'
import { newAgent, newPlace, outbox, type Place } from '../../tests/kit/agents.ts'
import { type Engine, openEngine } from '../../tests/kit/engine.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'

let engine: Engine
const others: Awaited<ReturnType<Engine['openWorker']>>[] = []
// Three workers, each with a ticker of its own.
beforeAll(async () => {
  engine = await openEngine()
  for (let more = 0; more < 2; more++) others.push(await engine.openWorker())
})
afterAll(async () => {
  for (const worker of others) await worker.close()
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
/** What the trail tells of the fires. */
const told = async (place: Place) =>
  (await outbox(engine.agents, place))
    .map(({ data }) => data as unknown as { action?: string; context: { detail: Record<string, unknown> } })
    .filter(({ action }) => action?.startsWith('schedule.'))
    .map(({ action, context }) => ({ action, ...context.detail }))

test('three schedulers at once make exactly one run for each fire, in the owner’s name', async () => {
  const place = newPlace(engine.agents)
  const schedules = await Promise.all(
    Array.from({ length: 8 }, () => newSchedule(place, quick, { cron: '* * * * * *', overlap: 'ALLOW_ALL' })),
  )
  for (const schedule of schedules) {
    const runs = await hasRuns(place, schedule, 4)
    const seconds = runs.map(({ fire_at }) => new Date(fire_at).getTime() / 1_000)
    expect(seconds).toEqual(seconds.map((_, index) => (seconds[0] ?? 0) + index))
    expect(new Set(runs.map(({ started_by }) => started_by))).toEqual(new Set([place.owner.userId]))
    await engine.ended(runs[0]?.id ?? '', place)
  }
  for (const { id } of schedules) await updateSchedule(place.owning(), { scheduleId: id, enabled: false })
  // Nobody thought that a fire was theirs which another had made.
  const fired = (await told(place)).filter(({ action }) => action === 'schedule.fired')
  const all = (await Promise.all(schedules.map((schedule) => runsOf(place, schedule)))).flat()
  expect(fired.reduce((sum, each) => sum + Number((each as { started?: number }).started), 0)).toBe(all.length)
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
  expect(await told(place)).toMatchObject([
    { action: 'schedule.created' },
    { action: 'schedule.fired', started: count, missedFrom: expect.any(String), missedBefore: expect.any(String) },
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
    expect((await told(place)).at(-1)).toEqual({ action: 'schedule.paused', code })
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
const looked = (place: Place, times: number) =>
  waitFor(
    `${times} looks`,
    async () => (await told(place)).filter(({ action }) => action === 'schedule.fired').length >= times,
  )

test('while an earlier run goes on a fire is skipped', async () => {
  const { place, schedule } = await secondFire('SKIP')
  await looked(place, 2)
  expect((await told(place)).at(-1)).toMatchObject({ started: 0, skipped: 1 })
  expect(await runsOf(place, schedule)).toHaveLength(1)
})

test('while an earlier run goes on one fire waits, and starts once that has ended', async () => {
  const { place, schedule, first } = await secondFire('BUFFER_ONE')
  await looked(place, 2)
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
