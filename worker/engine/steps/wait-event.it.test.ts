import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemCaller } from '#platform/caller/caller'
import { newId } from '#platform/id'
import { deliverEvent } from '../../../subgraphs/agents/event/deliver-event.ts'
import { sendEvent } from '../../../subgraphs/agents/event/send-event.ts'
import { startRun } from '../../../subgraphs/agents/run/start-run.ts'
import { newAgent, newPlace } from '../../../tests/kit/agents.ts'
import { openEffectServer } from '../../../tests/kit/effect-server.ts'
import { type Engine, openEngine } from '../../../tests/kit/engine.ts'
import { waitFor } from '../../../tests/kit/wait-for.ts'

let outside: Awaited<ReturnType<typeof openEffectServer>>
let engine: Engine
beforeAll(async () => {
  outside = await openEffectServer()
  engine = await openEngine({ EGRESS_ALLOW: outside.hostAndPort })
})
afterAll(async () => {
  await engine?.close()
  await outside?.close()
})

const send = (name: string, more: object = {}, place = engine.place) => sendEvent(place.owning(), { name, ...more })
const wait = (name: string, key?: string, more: object = {}) => ({
  ...{ id: 'news', kind: 'wait', event: { name, ...(key === undefined ? {} : { key }) } },
  ...more,
})
const newName = () => `news-${newId()}`
const transform = (id: string, expression: string) => ({ id, kind: 'transform', expression })

test('an event goes on with every run that waits for it under its key, and with no other', async () => {
  const name = newName()
  const definition = { grants: [], steps: [wait(name, 'input.order')] }
  const agent = await newAgent(engine.place, definition)
  const start = (order: string) => startRun(engine.place.owning(), { agentId: agent.id, input: { order } })
  const [one, other, two] = [await start('A-1'), await start('A-2'), await start('A-1')]
  for (const { id } of [one, other, two]) await engine.until(id, ['WAITING'])
  await send(name, { key: 'A-1', data: { paid: 7 } })
  for (const { id } of [one, two])
    expect(await engine.ended(id)).toMatchObject({ status: 'SUCCEEDED', output: { paid: 7 } })
  expect(await engine.stored(other.id)).toMatchObject({ status: 'WAITING' })
  await send(name, { key: 'A-2' })
  expect(await engine.ended(other.id)).toMatchObject({ status: 'SUCCEEDED', output: null })
})

test('an event of another organization reaches nobody here', async () => {
  const name = newName()
  const id = await engine.start({ steps: [wait(name, '"k"')] })
  await engine.until(id, ['WAITING'])
  await send(name, { key: 'k', data: 'theirs' }, newPlace(engine.agents))
  await send(name, { key: 'k', data: 'ours' })
  expect(await engine.ended(id)).toMatchObject({ output: 'ours' })
})

describe('an event that comes before the wait', () => {
  test('is taken by it in a run that was there by then', async () => {
    const name = newName()
    const pause = { id: 'pause', kind: 'wait', for: '1s' }
    const id = await engine.start({ steps: [pause, wait(name)] })
    await send(name, { data: 'early' })
    expect(await engine.ended(id)).toMatchObject({ status: 'SUCCEEDED', output: 'early' })
  })

  test('is taken by its key in a run that is started later, and without a key in none', async () => {
    const name = newName()
    await send(name, { data: 'without' })
    await send(name, { key: 'k', data: 'with' })
    const keyed = await engine.start({ steps: [wait(name, '"k"')] })
    expect(await engine.ended(keyed)).toMatchObject({ output: 'with' })
    const keyless = await engine.start({ steps: [wait(name)] })
    await engine.until(keyless, ['WAITING'])
    await send(name, { data: 'new' })
    expect(await engine.ended(keyless)).toMatchObject({ output: 'new' })
  })

  test('is not lost when both come at the same time', async () => {
    const name = newName()
    const agent = await newAgent(engine.place, { grants: [], steps: [wait(name, 'input.key')] })
    const keys = Array.from({ length: 25 }, () => newId())
    const runs = await Promise.all(
      keys.map(async (key) => {
        const run = await startRun(engine.place.owning(), { agentId: agent.id, input: { key } })
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 60))
        await send(name, { key, data: key })
        return run.id
      }),
    )
    const outputs = await Promise.all(runs.map(async (id) => (await engine.ended(id)).output))
    expect(outputs).toEqual(keys)
  })
})

test('waits of one run take events one after the other, each once', async () => {
  const name = newName()
  const loop = { id: 'each', kind: 'loop', until: 'index = 2', maxIterations: 3, steps: [wait(name)] }
  const collect = transform('all', 'steps')
  const id = await engine.start({ steps: [{ id: 'pause', kind: 'wait', for: '1s' }, loop, collect] })
  for (const data of [1, 2, 3]) await send(name, { data })
  expect(await engine.ended(id)).toMatchObject({ status: 'SUCCEEDED' })
  const steps = await engine.steps(id)
  expect(steps.filter(({ path }) => path.endsWith('news')).map(({ output }) => output)).toEqual([1, 2, 3])
})

test('an event that comes while another branch is at work counts, also when the wait’s time is over by then', async () => {
  const [name, path] = [newName(), `/${newId()}`]
  outside.hold(path)
  const branches = {
    work: [{ id: 'slow', kind: 'http', method: 'POST', url: `${outside.url}${path}`, idempotent: true }],
    news: [wait(name, undefined, { timeout: '800ms' })],
  }
  const id = await engine.start({ steps: [{ id: 'both', kind: 'parallel', branches }], output: 'steps.news' })
  await waitFor('the step to wait', async () => (await engine.steps(id)).some(({ status }) => status === 'WAITING'))
  await send(name, { data: 'in time' })
  await waitFor('the wait to end', async () =>
    (await engine.steps(id)).some((step) => step.path.endsWith('news') && step.status === 'SUCCEEDED'),
  )
  outside.release(path)
  expect(await engine.ended(id)).toMatchObject({ status: 'SUCCEEDED', output: 'in time' })
})

test('a wait whose event does not come fails at its limit, or goes on with nothing', async () => {
  const failing = await engine.start({ steps: [wait(newName(), undefined, { timeout: '200ms' })] })
  expect(await engine.ended(failing)).toMatchObject({ status: 'FAILED', error: { code: 'STEP_TIMEOUT' } })
  const going = await engine.start({
    steps: [wait(newName(), undefined, { timeout: '200ms', onTimeout: 'continue' })],
  })
  expect(await engine.ended(going)).toMatchObject({ status: 'SUCCEEDED', output: null })
})

test('an event sent many times with one key is one event; with other contents the key is refused', async () => {
  const [name, idempotencyKey] = [newName(), newId()]
  const sent = await Promise.all(Array.from({ length: 20 }, () => send(name, { data: { n: 1 }, idempotencyKey })))
  expect(new Set(sent.map(({ id }) => id)).size).toBe(1)
  expect(await engine.query('select 1 from agents.event where name = ?', [name])).toHaveLength(1)
  await expect(send(name, { data: { n: 2 }, idempotencyKey })).rejects.toMatchObject({
    code: 'EVENT_IDEMPOTENCY_CONFLICT',
  })
})

test.each([
  ['no name', { name: '' }],
  ['a long name', { name: 'x'.repeat(101) }],
  ['a long key', { key: 'x'.repeat(401) }],
  ['more data than is kept', { data: 'x'.repeat(70_000) }],
])('an event with %s is refused', async (_name, input) => {
  await expect(send('news', input)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
})

test('one event goes on with one wait of a run, however many of them wait for it', async () => {
  const name = newName()
  const branches = { left: [{ ...wait(name), id: 'l' }], right: [{ ...wait(name), id: 'r' }] }
  const id = await engine.start({ steps: [{ id: 'both', kind: 'parallel', branches }] })
  await engine.until(id, ['WAITING'])
  await send(name, { data: 1 })
  const waiting = () =>
    engine.query('select 1 from agents.step where run_id = ? and resolution is null and waits_for = ?', [id, 'event'])
  await waitFor('a wait to be answered', async () => (await waiting()).length < 2)
  await send(name, { data: 2 })
  const { output } = await engine.ended(id)
  expect(Object.values(output as object).toSorted()).toEqual([1, 2])
})

test('an event that a run has taken is not delivered to its next wait', async () => {
  const name = newName()
  const id = await engine.start({ steps: [wait(name), { ...wait(name), id: 'more' }] })
  await engine.until(id, ['WAITING'])
  const sent = await send(name, { data: 1 })
  await waitFor('the second wait', async () =>
    (await engine.steps(id)).some(({ path, status }) => path === 'more' && status === 'WAITING'),
  )
  // As the outbox does when its delivery was not heard of.
  await deliverEvent(engine.agents.ctxFor(systemCaller(engine.place.organizationId)), sent.id)
  await send(name, { data: 2 })
  expect(await engine.ended(id)).toMatchObject({ output: 2 })
})
