import { afterAll, beforeAll, expect, test } from 'vitest'
import { updateRunPolicy } from '../../subgraphs/agents/limits/update-run-policy.ts'
import { newPlace } from '../../tests/kit/agents.ts'
import { type Engine, openEngine } from '../../tests/kit/engine.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine()
})
afterAll(() => engine?.close())

const transform = (id: string, expression: string, more: object = {}) => ({
  id,
  kind: 'transform',
  expression,
  ...more,
})
const wait = (id: string, time: string) => ({ id, kind: 'wait', for: time })

test('a run that completed as many steps as it may ends before the next, whatever is said about failures', async () => {
  const steps = ['a', 'b', 'c'].map((id) => transform(id, '1', { continueOnError: true }))
  const id = await engine.start({ limits: { steps: 2 }, steps })
  expect(await engine.ended(id)).toMatchObject({
    status: 'FAILED',
    error: { code: 'BUDGET_EXCEEDED', message: expect.stringContaining('2 steps') },
    steps_done: 2,
  })
})

test('what an organization allows binds besides, and the less of the two', async () => {
  const place = newPlace(engine.agents)
  await updateRunPolicy(place.owning(), { steps: 1 })
  const id = await engine.start({ limits: { steps: 2 }, steps: [transform('a', '1'), transform('b', '2')] }, {}, place)
  expect(await engine.ended(id, place)).toMatchObject({ error: { code: 'BUDGET_EXCEEDED' }, steps_done: 1 })
})

test.each([
  ['tokens', { tokens: 100 }, 'input_tokens = 60, output_tokens = 40', '100 tokens'],
  ['money', { cost: 0.5 }, 'cost_micros = 500000', '0.5 US dollars'],
])('a run whose %s is used up asks nobody outside any more', async (_what, limits, used, words) => {
  const steps = [wait('pause', '1s'), { id: 'ask', kind: 'http', method: 'GET', url: 'http://example.com/' }]
  const id = await engine.start({ limits, steps })
  await engine.until(id, ['WAITING'])
  await engine.query(`update agents.run set ${used} where id = ? returning id`, [id])
  expect(await engine.ended(id)).toMatchObject({
    error: { code: 'BUDGET_EXCEEDED', message: expect.stringContaining(words) },
  })
  expect((await engine.steps(id)).map(({ path }) => path)).toEqual(['pause'])
})

test('the time of a run ends it also while it waits', async () => {
  const id = await engine.start({ limits: { duration: '1s' }, steps: [wait('long', '1h')] })
  expect(await engine.ended(id)).toMatchObject({ status: 'FAILED', error: { code: 'BUDGET_EXCEEDED' } })
  expect((await engine.steps(id))[0]).toMatchObject({ status: 'CANCELLED' })
})

test('an output of more than 64 KB stands beside its step, and is seen by steps after a wait as any other', async () => {
  const large = '$join([1..20000].$string($))'
  const steps = [transform('large', large), wait('pause', '1s'), transform('length', '$length(steps.large)')]
  const id = await engine.start({ steps })
  const run = await engine.ended(id)
  expect(run.output).toBeGreaterThan(64 * 1024)
  const [stored] = await engine.query<{ output: unknown; length: number }>(
    `select step.output, length(payload.content #>> '{}') as length from agents.step
     join agents.payload on payload.id = step.output_ref where step.run_id = ?`,
    [id],
  )
  expect(stored).toEqual({ output: null, length: run.output })
})

test('outputs of more than 32 MB together end the run', async () => {
  const large = '$pad("", 900000, "x")'
  const id = await engine.start({
    steps: [{ id: 'many', kind: 'map', items: '[1..40]', steps: [transform('each', large)] }],
  })
  const { error } = await waitFor('the run to end', async () => {
    const run = await engine.stored(id)
    return run.status === 'FAILED' && run
  })
  expect(error?.code).toBe('RUN_PAYLOAD_TOO_LARGE')
}, 60_000)

test('those that a limit holds go on one after the other, and another organization is not kept by them', async () => {
  const place = newPlace(engine.agents)
  await updateRunPolicy(place.owning(), { concurrency: 1 })
  const definition = { steps: [transform('a', '$sum([1..1000])')] }
  const ids = await Promise.all(Array.from({ length: 12 }, () => engine.start(definition, {}, place)))
  const other = await engine.start(definition)
  expect(await engine.ended(other)).toMatchObject({ status: 'SUCCEEDED' })
  for (const id of ids) expect(await engine.ended(id, place)).toMatchObject({ status: 'SUCCEEDED' })
})

test('the key of a limit is told by the input; one that fails ends the run', async () => {
  const limits = { concurrency: { runs: 1, key: 'input.customer.id' } }
  const id = await engine.start({ limits, steps: [transform('a', '1')] }, { customer: { id: 'c1' } })
  await engine.ended(id)
  expect(await engine.query('select concurrency_key from agents.run where id = ?', [id])).toEqual([
    { concurrency_key: '"c1"' },
  ])
  const faulty = { concurrency: { runs: 1, key: '$error("no")' } }
  const failed = await engine.start({ limits: faulty, steps: [transform('a', '1')] })
  expect(await engine.ended(failed)).toMatchObject({ status: 'FAILED', error: { code: 'EXPRESSION_FAILED' } })
})

test('a key that fails with words that no database keeps ends the run as well', async () => {
  const limits = { rate: { runs: 1, period: '1s', key: '$error("no\\u0000pe\\ud83d")' } }
  const id = await engine.start({ limits, steps: [transform('a', '1')] })
  expect(await engine.ended(id)).toMatchObject({ status: 'FAILED', error: { code: 'EXPRESSION_FAILED' } })
})
