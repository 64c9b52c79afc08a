import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { newId } from '#platform/id'
import { newPlace, type Place } from '../../tests/kit/agents.ts'
import { type Engine, openEngine } from '../../tests/kit/engine.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'

let engine: Engine
let place: Place
beforeAll(async () => {
  engine = await openEngine()
})
afterAll(() => engine.close())
beforeEach(() => {
  place = newPlace(engine.agents)
})

const transform = (id: string, expression = '1') => ({ id, kind: 'transform', expression })
const pause = { id: 'pause', kind: 'wait', for: '1500ms' }
/** There is no such connection: what is asked before is asked all the same. */
const tool = (more: object = {}) => ({
  id: 'tool',
  kind: 'tool',
  connection: newId(),
  action: 'query',
  with: {},
  ...more,
})
const disable = () => engine.people.scopes.set(place.owner.userId ?? '', null)
const started = (steps: object[]) => engine.start({ grants: [], steps }, {}, place)

test('a run whose starter is disabled between two steps ends at the next one, whatever its author says about failures', async () => {
  const id = await started([
    { ...transform('before'), compensate: [transform('undo')] },
    pause,
    tool({ continueOnError: true, onFailure: [transform('mend')], retry: { maxAttempts: 3 } }),
    transform('after'),
  ])
  await engine.until(id, ['WAITING'], place)
  disable()
  expect(await engine.ended(id, place)).toMatchObject({ status: 'FAILED', error: { code: 'STARTER_INACTIVE' } })
  const statusOf = Object.fromEntries((await engine.steps(id, place)).map(({ path, status }) => [path, status]))
  // What it did is undone all the same.
  expect(statusOf).toEqual({
    ...{ before: 'SUCCEEDED', pause: 'SUCCEEDED', tool: 'CANCELLED' },
    'before/compensate/undo': 'SUCCEEDED',
  })
})

test('it ends from within branches too, and with it what goes on beside', async () => {
  const branches = { one: [pause, tool({ continueOnError: true })], other: [{ id: 'long', kind: 'wait', for: '1h' }] }
  const id = await started([{ id: 'both', kind: 'parallel', branches, continueOnError: true }, transform('after')])
  await engine.until(id, ['WAITING'], place)
  disable()
  expect(await engine.ended(id, place)).toMatchObject({ status: 'FAILED', error: { code: 'STARTER_INACTIVE' } })
  expect((await engine.steps(id, place)).map(({ path }) => path)).not.toContain('after')
})

test('a run that was queued in the name of somebody who has left does nothing', async () => {
  disable()
  const id = await started([transform('a')])
  expect(await engine.ended(id, place)).toMatchObject({ status: 'FAILED', error: { code: 'STARTER_INACTIVE' } })
  expect((await engine.steps(id, place)).map(({ status }) => status)).toEqual(['CANCELLED'])
})

test('nobody is asked about again within half a minute for steps that use no connection', async () => {
  const id = await started(Array.from({ length: 20 }, (_, index) => transform(`s${index}`)))
  expect((await engine.ended(id, place)).status).toBe('SUCCEEDED')
  expect(engine.people.asked.filter((user) => user === place.owner.userId)).toHaveLength(1)
})

test('while identity is away a step that uses a connection waits for another attempt, and the others go on', async () => {
  engine.people.up = false
  try {
    const id = await started([transform('a'), tool({ retry: { maxAttempts: 5 } })])
    await waitFor('a failed attempt', async () => (await engine.steps(id, place))[1]?.attempts.length)
    expect(await engine.steps(id, place)).toMatchObject([
      { path: 'a', status: 'SUCCEEDED' },
      { path: 'tool', attempts: [{ error: { code: 'RIGHTS_UNKNOWN' } }] },
    ])
    engine.people.up = true
    // By its own fault now: it was let through.
    expect((await engine.ended(id, place)).error?.code).not.toBe('RIGHTS_UNKNOWN')
  } finally {
    engine.people.up = true
  }
})
