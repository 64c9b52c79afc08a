import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Caller } from '#platform/caller/caller'
import { type Tx, write } from '#platform/db/write'
import { federate } from '#platform/graphql/federate'
import { Subscriptions } from '#platform/graphql/subscriptions'
import { newId } from '#platform/id'
import {
  type Agents,
  claimed,
  ended,
  newAgent,
  newPlace,
  newRun,
  openAgents,
  type Place,
  sql,
  storedStep,
} from '../../../tests/kit/agents.ts'
import { memberCaller } from '../../../tests/kit/organizations.ts'
import { waitFor } from '../../../tests/kit/wait-for.ts'
import { agents } from '../subgraph.ts'
import { appendRunEvent } from './append-run-event.ts'
import { cancelRun } from './cancel-run.ts'
import { startRun } from './start-run.ts'

let subgraph: Agents
beforeAll(async () => {
  subgraph = await openAgents()
})
afterAll(() => subgraph.close())

const text = `subscription ($id: ID!, $after: Int) { runEvents(runId: $id, afterSeq: $after) { seq type data at run { id status } } }`
const follow = (caller: Caller, id: string, after?: number, lastEventId?: string) =>
  subgraph.follow(caller, text, { id, ...(after === undefined ? {} : { after }) }, lastEventId)

interface Told {
  readonly runEvents: { readonly seq: number; readonly type: string; readonly data: object; readonly run: object }
}
const told = (answer: { events: readonly object[] }) =>
  (answer.events as unknown as Told[]).map((each) => each.runEvents)

/** A run with `steps` steps done, each of which is two events, after the two of its start. */
async function runWith(place: Place, steps: number) {
  const { id } = await newRun(place)
  const run = await claimed(place, id)
  for (let n = 0; n < steps; n += 1) {
    await storedStep(place, run, `s${n}`, n, n + 1)
  }
  return run
}

/** Takes the run's next number and tells an event under it, as every writer of events does in one transaction. */
async function transition(place: Place, tx: Tx, runId: string): Promise<void> {
  const [row] = await tx.em.execute<{ seq: number }[]>(
    'update agents.run set event_seq = event_seq + 1 where id = ? returning event_seq as seq',
    [runId],
  )
  await appendRunEvent(place.system(), tx, { runId, seq: row?.seq ?? 0 }, { type: 'step.started' })
}

test('a subscription to a run tells its events from the first, in order, and what to wait for', async () => {
  const place = newPlace(subgraph)
  const run = await runWith(place, 1)
  const answer = await follow(place.viewer, run.runId)
  expect(told(answer)).toMatchObject([
    { seq: 1, type: 'run.queued', data: {}, run: { id: run.runId, status: 'RUNNING' } },
    { seq: 2, type: 'run.started', data: { epoch: 1 } },
    { seq: 3, type: 'step.started', data: { path: 's0', kind: 'transform' } },
    { seq: 4, type: 'step.succeeded', data: { path: 's0' } },
  ])
  expect(answer).toMatchObject({
    topic: `${place.organizationId}/run:${run.runId}`,
    more: false,
    ended: false,
    position: 4,
  })
  expect(answer.blocks.map(({ id, event }) => [id, event])).toEqual([
    [0, null],
    ...[1, 2, 3, 4].map((id) => [id, 'next']),
    [null, 'complete'],
  ])
})

test('it goes on after the number that it is given; the asker’s own last event counts for more', async () => {
  const place = newPlace(subgraph)
  const { runId } = await runWith(place, 2)
  const seqs = async (after?: number, last?: string) =>
    told(await follow(place.viewer, runId, after, last)).map(({ seq }) => seq)
  expect(await seqs(4)).toEqual([5, 6])
  expect(await seqs(0, '5')).toEqual([6])
  expect(await seqs(0, '6')).toEqual([])
  expect((await follow(place.viewer, runId, 0, '6')).position).toBe(6)
  expect(await seqs(2 ** 31 - 1)).toEqual([])
  expect(await seqs(undefined, '999999999999')).toEqual([])
})

test('of a run that has ended it tells that nothing more will come', async () => {
  const place = newPlace(subgraph)
  const run = await runWith(place, 0)
  await ended(place, run, { status: 'SUCCEEDED', output: null })
  const answer = await follow(place.viewer, run.runId)
  expect(told(answer).map(({ type }) => type)).toEqual(['run.queued', 'run.started', 'run.succeeded'])
  expect(answer).toMatchObject({ ended: true, more: false, position: 3 })
  expect(await follow(place.viewer, run.runId, 3)).toMatchObject({ ended: true, events: [], position: 3 })
})

test('a long run is told in parts, each of at most 500 events, and the parts are the whole', async () => {
  const place = newPlace(subgraph)
  const run = await runWith(place, 0)
  await sql(
    subgraph,
    place,
    `with advanced as (update agents.run set event_seq = 522 where id = ? returning organization_id, id)
     insert into agents.run_event (organization_id, id, run_id, seq, type, data, at)
     select organization_id, gen_random_uuid(), id, n, 'step.started', '{}', now() from advanced, generate_series(3, 522) as n
     returning seq`,
    [run.runId],
  )
  await ended(place, run, { status: 'SUCCEEDED', output: null })
  const first = await follow(place.viewer, run.runId)
  expect(first).toMatchObject({
    topic: `${place.organizationId}/run:${run.runId}`,
    more: true,
    ended: false,
    position: 500,
  })
  const second = await follow(place.viewer, run.runId, 0, '500')
  expect(second).toMatchObject({ ended: true, more: false, position: 523 })
  expect([...told(first), ...told(second)].map(({ seq }) => seq)).toEqual(Array.from({ length: 523 }, (_, i) => i + 1))
})

test('a transition whose number is taken but not committed keeps back those behind it', async () => {
  const place = newPlace(subgraph)
  const run = await runWith(place, 0)
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
  const { promise: taken, resolve: isTaken } = Promise.withResolvers<void>()
  const slow = write(place.system(), 'step.started', async (tx) => {
    tx.unchanged()
    await transition(place, tx, run.runId)
    isTaken()
    await held
  })
  await taken
  const behind = cancelRun(place.owning(), { runId: run.runId })
  await waitFor('the second writer to wait', async () => {
    const [waiting] = await sql<{ n: string }>(subgraph, place, 'select count(*) as n from pg_locks where not granted')
    return Number(waiting?.n) > 0
  })
  expect(await follow(place.viewer, run.runId, 2)).toMatchObject({ events: [], position: 2 })
  letGo()
  await Promise.all([slow, behind])
  expect(told(await follow(place.viewer, run.runId, 2))).toMatchObject([
    { seq: 3, type: 'step.started' },
    { seq: 4, type: 'run.cancel-requested' },
  ])
})

test('while writers of a run race, followers that come back at random places hear every event once, in order', async () => {
  const place = newPlace(subgraph)
  const run = await runWith(place, 0)
  const writer = async () => {
    for (let n = 0; n < 30; n += 1) {
      await write(place.system(), 'step.started', async (tx) => {
        tx.unchanged()
        await transition(place, tx, run.runId)
        // Between the number and the commit, as long as it likes.
        await tx.em.execute('select pg_sleep(?)', [Math.random() / 100])
      })
    }
  }
  const follower = async () => {
    const heard: number[] = []
    let at = 0
    await waitFor('the end', async () => {
      const answer = await follow(place.viewer, run.runId, 0, `${at}`)
      // A connection may break after any block: what came until then counts, and the place that came with it.
      const cut = Math.random() < 0.5 ? answer.blocks.length : Math.ceil(Math.random() * answer.blocks.length)
      const got = answer.blocks.slice(0, cut)
      heard.push(
        ...told(answer)
          .slice(0, got.filter(({ event }) => event === 'next').length)
          .map(({ seq }) => seq),
      )
      at = got.findLast(({ id }) => id !== null)?.id ?? at
      return answer.ended && cut === answer.blocks.length
    })
    return heard
  }
  const followers = Promise.all([follower(), follower(), follower()])
  await Promise.all([writer(), writer(), writer()])
  await ended(place, run, { status: 'SUCCEEDED', output: null })
  for (const heard of await followers) expect(heard).toEqual(Array.from({ length: 93 }, (_, i) => i + 1))
})

test('an asker that leaves ends the telling', async () => {
  const place = newPlace(subgraph)
  const { runId } = await runWith(place, 60)
  const { schema } = await federate(agents)
  const subscriptions = new Subscriptions(schema, { refused: () => undefined })
  const opened = await subscriptions.open(
    { query: text, variables: { id: runId } },
    { ...subgraph.ctxFor(place.viewer), lastSeq: 0 },
  )
  if ('errors' in opened) throw new Error(JSON.stringify(opened.errors))
  const answers = opened.answers()
  await answers.next()
  const asked = subgraph.statements.length
  expect(await answers.return(undefined)).toMatchObject({ done: true })
  await expect(answers.next()).resolves.toMatchObject({ done: true })
  expect(subgraph.statements).toHaveLength(asked)
})

test.each([
  ['a number below 0', { after: -1 }, 'BAD_USER_INPUT'],
  ['a last event that is no number', { last: 'x' }, 'BAD_USER_INPUT'],
  ['what is no id', { id: 'x' }, 'NOT_FOUND'],
] as const)('%s is refused', async (_what, given, code) => {
  const place = newPlace(subgraph)
  const { id } = await newRun(place)
  const { after, last, id: runId = id } = given as { after?: number; last?: string; id?: string }
  const { errors } = await follow(place.viewer, runId, after, last)
  expect(errors).toMatchObject([{ path: ['runEvents'], extensions: { code } }])
})

test('another organization’s run is answered like a missing one, at every number', async () => {
  const [own, other] = [newPlace(subgraph), newPlace(subgraph)]
  const { id } = await newRun(other)
  for (const [after, last] of [[undefined], [0], [1], [0, '1']] as [number?, string?][]) {
    const answers = [id, newId()].map(async (each) => JSON.stringify(await follow(own.owner, each, after, last)))
    const [foreign, missing] = await Promise.all(answers)
    expect(foreign).toBe(missing)
    expect(foreign).toContain('NOT_FOUND')
  }
})

test('who may start runs but not read them follows their own, and hears of others’ what they hear of missing ones', async () => {
  const place = newPlace(subgraph)
  const starter: Caller = { ...memberCaller(place.organizationId, []), scopes: ['run:start'] }
  const agent = await newAgent(place)
  const own = await startRun(subgraph.ctxFor(starter), { agentId: agent.id, input: {} })
  const others = await newRun(place)
  expect(told(await follow(starter, own.id))).toMatchObject([{ seq: 1, type: 'run.queued', run: { id: own.id } }])
  const [theirs, missing] = await Promise.all([others.id, newId()].map((id) => follow(starter, id)))
  expect(theirs).toEqual(missing)
  expect(theirs?.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
})

test('who has neither right is refused before anything is looked for', async () => {
  const place = newPlace(subgraph)
  const { id } = await newRun(place)
  const nobody: Caller = { ...memberCaller(place.organizationId, []), scopes: [] }
  for (const each of [id, newId(), 'x'])
    expect((await follow(nobody, each)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
})

test('a subscription is not answered in one piece, and nothing else as a stream', async () => {
  const place = newPlace(subgraph)
  const { id } = await newRun(place)
  expect((await subgraph.ask(place.owner, text, { id })).errors).toMatchObject([
    { extensions: { code: 'BAD_USER_INPUT' } },
  ])
  for (const other of [
    '{ runs { totalCount } }',
    'subscription { nothing }',
    'subscription {',
    'query ($id: ID!) { run(id: $id) { id } }',
  ])
    expect((await subgraph.follow(place.owner, other)).errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT' } },
    ])
  expect((await subgraph.follow(place.owner, text, {})).errors).toMatchObject([
    { extensions: { code: 'BAD_USER_INPUT' } },
  ])
})
