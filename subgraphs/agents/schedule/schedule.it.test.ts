import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Caller } from '#platform/caller/caller'
import { write } from '#platform/db/write'
import { newId } from '#platform/id'
import {
  type Agents,
  newAgent,
  newPlace,
  newRun,
  openAgents,
  outbox,
  type Place,
  sql,
} from '../../../tests/kit/agents.ts'
import { memberCaller } from '../../../tests/kit/organizations.ts'
import { createAgent } from '../agent/create-agent.ts'
import { endEarlierRuns } from './end-earlier-runs.ts'
import { dueFires } from './fire-times.ts'

let subgraph: Agents
beforeAll(async () => {
  subgraph = await openAgents()
})
afterAll(() => subgraph.close())

const fields =
  '{ id name cron timeZone overlap catchUpWindow pauseOnFailure enabled nextFireTimes(first: 2) owner { id } }'
const create = `mutation ($input: CreateScheduleInput!) { createSchedule(input: $input) ${fields} }`
const update = `mutation ($input: UpdateScheduleInput!) { updateSchedule(input: $input) ${fields} }`
const nightly = { name: 'Nightly', cron: '0 2 * * *', timeZone: 'Europe/Berlin' }

interface Shown {
  readonly id: string
  readonly nextFireTimes: string[]
}
async function made(place: Place, more: object = {}): Promise<Shown> {
  const input = { agentId: (await newAgent(place)).id, ...nightly, ...more }
  const { data } = await subgraph.ask(place.owner, create, { input })
  return data?.createSchedule as unknown as Shown
}
const codeOf = async (place: Place, input: object, text = create, by = place.owner) =>
  (await subgraph.ask(by, text, { input })).errors?.[0]?.extensions.code

test('a schedule is made with what is usual, shown with its next fires, listed, and audited', async () => {
  const place = newPlace(subgraph)
  const schedule = await made(place)
  expect(schedule).toMatchObject({
    ...{ ...nightly, overlap: 'SKIP', catchUpWindow: '1h', pauseOnFailure: false, enabled: true },
    owner: { id: place.owner.userId },
    nextFireTimes: [expect.any(String), expect.any(String)],
  })
  const list = await subgraph.ask(place.viewer, '{ schedules { totalCount edges { node { id lastRun { id } } } } }')
  expect(list.data?.schedules).toEqual({ totalCount: 1, edges: [{ node: { id: schedule.id, lastRun: null } }] })
  expect((await outbox(subgraph, place)).at(-1)?.data).toMatchObject({
    action: 'schedule.created',
    context: { detail: { cron: '0 2 * * *', timeZone: 'Europe/Berlin' } },
  })
})

test('what it is due for next is what it shows', async () => {
  const place = newPlace(subgraph)
  const { id, nextFireTimes } = await made(place)
  const due = async () =>
    (await sql<{ due_at: Date | null }>(subgraph, place, 'select due_at from agents.schedule where id = ?', [id]))[0]
      ?.due_at
  expect(new Date((await due()) ?? 0).toISOString()).toBe(nextFireTimes[0])
  const moved = await subgraph.ask(place.owner, update, { input: { scheduleId: id, cron: '30 4 * * *' } })
  const shown = moved.data?.updateSchedule as unknown as Shown
  expect(new Date((await due()) ?? 0).toISOString()).toBe(shown.nextFireTimes[0])
  expect(shown.nextFireTimes[0]).toMatch(/T0[23]:30:00/)
  const stopped = await subgraph.ask(place.owner, update, { input: { scheduleId: id, enabled: false } })
  expect(stopped.data?.updateSchedule).toMatchObject({ enabled: false, nextFireTimes: [] })
  expect(await due()).toBeNull()
})

test('a deleted schedule is gone; deleting it answers with what it was', async () => {
  const place = newPlace(subgraph)
  const { id } = await made(place)
  const remove = 'mutation ($id: ID!) { deleteSchedule(input: { scheduleId: $id }) { id name enabled agent { id } } }'
  expect((await subgraph.ask(place.owner, remove, { id })).data?.deleteSchedule).toMatchObject({
    ...{ id, name: 'Nightly', enabled: false },
    agent: { id: expect.any(String) },
  })
  expect((await subgraph.ask(place.owner, remove, { id })).errors?.[0]?.extensions.code).toBe('NOT_FOUND')
})

test('who may not start runs makes and changes no schedule', async () => {
  const place = newPlace(subgraph)
  const { id } = await made(place)
  const writer = { ...memberCaller(place.organizationId, ['operator']), scopes: ['schedule:read', 'schedule:write'] }
  const { id: agentId } = await newAgent(place)
  expect(await codeOf(place, { agentId, ...nightly }, create, writer)).toBe('FORBIDDEN')
  expect(await codeOf(place, { scheduleId: id, name: 'Other' }, update, writer)).toBe('FORBIDDEN')
  expect(await codeOf(place, { agentId, ...nightly }, create, place.viewer)).toBe('FORBIDDEN')
})

test('a schedule that a key makes is bound to what the key may do', async () => {
  const place = newPlace(subgraph)
  const { id: agentId } = await newAgent(place)
  const key = {
    ...place.owner,
    sessionId: null,
    apiKeyId: newId(),
    scopes: ['schedule:read', 'schedule:write', 'run:start'],
  }
  expect(await codeOf(place, { agentId, ...nightly }, create, key)).toBeUndefined()
  const rows = await sql(subgraph, place, 'select scopes_max from agents.schedule')
  expect(rows).toEqual([{ scopes_max: ['schedule:read', 'schedule:write', 'run:start'] }])
})

test.each([
  ['a time zone that is none', { timeZone: 'Mars/Phobos' }],
  ['a pattern that is none', { cron: 'often' }],
  ['a pattern that never fires', { cron: '0 0 30 2 *' }],
  ['a window too short', { catchUpWindow: '9s' }],
  ['a window too long', { catchUpWindow: '32d' }],
  ['a window that is no duration', { catchUpWindow: 'soon' }],
  ['a name of nothing', { name: ' ' }],
  ['an input that is a list', { input: [1] }],
  ['an input too large', { input: { x: 'y'.repeat(64 * 1024) } }],
])('%s is bad input', async (_name, bad) => {
  const place = newPlace(subgraph)
  const { id: agentId } = await newAgent(place)
  expect(await codeOf(place, { agentId, ...nightly, ...bad })).toBe('BAD_USER_INPUT')
})

test('the last run is shown to those who read runs, and its own to who starts them', async () => {
  const place = newPlace(subgraph)
  const { id } = await made(place)
  const run = await newRun(place)
  await sql(subgraph, place, 'update agents.schedule set last_run_id = ? where id = ? returning id', [run.id, id])
  const lastRun = async (by: Caller) => {
    const answer = await subgraph.ask(by, 'query ($id: ID!) { schedule(id: $id) { lastRun { id } } }', { id })
    return {
      shown: (answer.data?.schedule as unknown as { lastRun: unknown } | undefined)?.lastRun,
      errors: answer.errors?.length ?? 0,
    }
  }
  const only = (...scopes: string[]) => ({
    ...memberCaller(place.organizationId, []),
    scopes: ['schedule:read', ...scopes],
  })
  expect(await lastRun(place.viewer)).toEqual({ shown: { id: run.id }, errors: 0 })
  expect(await lastRun({ ...only('run:start'), userId: place.owner.userId })).toEqual({
    shown: { id: run.id },
    errors: 0,
  })
  expect(await lastRun(only('run:start'))).toEqual({ shown: null, errors: 0 })
  expect(await lastRun(only())).toMatchObject({ shown: null })
})

test('an earlier run that a limit holds is ended by the next as any other', async () => {
  const place = newPlace(subgraph)
  const { id } = await newRun(place)
  const ready = () => sql(subgraph, place, 'select 1 from agents.run where id = ? and due_at <= now()', [id])
  await sql(
    subgraph,
    place,
    `update agents.run set held_by = 'organization', due_at = 'infinity' where id = ? returning id`,
    [id],
  )
  expect(await ready()).toHaveLength(0)
  await write(place.system(), 'schedule.fired', (tx) => endEarlierRuns(place.system(), tx, [id], 'cancel'))
  expect(await ready()).toHaveLength(1)
})

test('no more than twenty fires are shown', async () => {
  const place = newPlace(subgraph)
  await made(place)
  const answer = await subgraph.ask(place.owner, '{ schedules { edges { node { nextFireTimes(first: 21) } } } }')
  expect(answer.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
})

test('only an agent that is published, and the organization’s own, can be scheduled', async () => {
  const [place, other] = [newPlace(subgraph), newPlace(subgraph)]
  const draft = await createAgent(place.owning(), { name: 'Draft', description: '' })
  expect(await codeOf(place, { agentId: draft.id, ...nightly })).toBe('AGENT_NOT_PUBLISHED')
  expect(await codeOf(place, { agentId: (await newAgent(other)).id, ...nightly })).toBe('NOT_FOUND')
  const { id } = await made(other)
  expect(await codeOf(place, { scheduleId: id, enabled: true }, update)).toBe('NOT_FOUND')
})

test('a fire is made once, whoever else stores it', async () => {
  const place = newPlace(subgraph)
  const { id } = await made(place)
  const { fires } = dueFires(nightly, new Date('2026-01-01T01:00:00Z'), new Date('2026-01-01T02:00:00Z'), 86_400_000)
  const insert = () =>
    sql(
      subgraph,
      place,
      `insert into agents.run (organization_id, id, agent_id, agent_version_id, status, input, started_by, request_id,
         traceparent, queued_at, due_at, schedule_id, fire_at)
       values (?, ?, ?, ?, 'SUCCEEDED', '{}', ?, 'r', 't', now(), now(), ?, ?) returning id`,
      [place.organizationId, newId(), newId(), newId(), newId(), id, fires[0]],
    )
  await insert()
  await expect(insert()).rejects.toThrow('run_fire')
})

test('who may not see the input of a schedule does not take it over with it', async () => {
  const place = newPlace(subgraph)
  const { id } = await made(place)
  const scopes = ['schedule:read', 'schedule:write', 'run:start', 'run:read']
  const other = { ...memberCaller(place.organizationId, []), scopes }
  expect(await codeOf(place, { scheduleId: id, name: 'Mine' }, update, other)).toBe('FORBIDDEN')
  expect(await codeOf(place, { scheduleId: id, name: 'Mine', input: {} }, update, other)).toBeUndefined()
  expect(await codeOf(place, { scheduleId: id, name: 'Ours' }, update, other)).toBeUndefined()
})
