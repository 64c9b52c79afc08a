import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Engine, openEngine } from '../../../tests/kit/engine.ts'

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
const fails = (id: string, more: object = {}) => transform(id, '$error("no")', more)
async function outcome(definition: object, input: object = {}) {
  const id = await engine.start(definition, input)
  const run = await engine.ended(id)
  const steps = await engine.steps(id)
  return {
    run,
    steps,
    paths: steps.map(({ path }) => path),
    statusOf: Object.fromEntries(steps.map((s) => [s.path, s.status])),
  }
}

describe('branches', () => {
  const definition = {
    steps: [
      {
        id: 'choice',
        kind: 'branch',
        cases: [{ when: 'input.n > 10', steps: [transform('high', '"high"')] }],
        otherwise: [transform('low', '"low"')],
      },
    ],
  }
  test.each([
    [11, 'high'],
    [9, 'low'],
  ])('take the first case that holds: %i is %s', async (n, output) => {
    const { run, paths } = await outcome(definition, { n })
    expect(run).toMatchObject({ status: 'SUCCEEDED', output })
    expect(paths).toEqual(['choice', `choice/${output}`])
  })
})

describe('parallel branches', () => {
  test('give the last output of each, and their steps are seen afterwards', async () => {
    const branches = { left: [transform('a', '1')], right: [transform('b', '2'), transform('c', 'steps.b + 1')] }
    const { run, paths } = await outcome({
      steps: [
        { id: 'both', kind: 'parallel', branches },
        transform('sum', 'steps.both.left + steps.both.right + steps.c'),
      ],
    })
    expect(run).toMatchObject({ status: 'SUCCEEDED', output: 7 })
    expect(paths.toSorted()).toEqual(['both', 'both/left/a', 'both/right/b', 'both/right/c', 'sum'])
  })

  test('end with the first that fails: what the others wait for is waited for no more', async () => {
    const branches = { waits: [{ id: 'pause', kind: 'wait', for: '1h' }], breaks: [fails('broken')] }
    const { run, statusOf } = await outcome({ steps: [{ id: 'both', kind: 'parallel', branches }] })
    expect(run).toMatchObject({ status: 'FAILED', error: { code: 'EXPRESSION_FAILED', step: 'both/breaks/broken' } })
    expect(statusOf).toMatchObject({ both: 'FAILED', 'both/breaks/broken': 'FAILED', 'both/waits/pause': 'CANCELLED' })
  })
})

describe('maps', () => {
  test('run their steps for each item, which sees its own outputs alone, and keep the order of the items', async () => {
    const { run, paths } = await outcome(
      {
        steps: [
          transform('ten', '10'),
          {
            id: 'each',
            kind: 'map',
            items: 'input.list',
            concurrency: 3,
            steps: [
              transform('times', 'item * steps.ten'),
              transform('told', '{"index": index, "times": steps.times}'),
            ],
          },
        ],
      },
      { list: [1, 2, 3, 4, 5] },
    )
    expect(run.output).toEqual([1, 2, 3, 4, 5].map((n, index) => ({ index, times: n * 10 })))
    expect(paths).toContain('each[4]/told')
  })

  test('fail with an item that fails, unless failures are skipped', async () => {
    const map = (more: object) => ({
      steps: [
        {
          id: 'each',
          kind: 'map',
          items: '[1, 0]',
          steps: [transform('inverse', 'item = 0 ? $error("zero") : 1')],
          ...more,
        },
      ],
    })
    expect((await outcome(map({}))).run).toMatchObject({ status: 'FAILED', error: { step: 'each[1]/inverse' } })
    expect((await outcome(map({ skipFailures: true }))).run).toMatchObject({ status: 'SUCCEEDED', output: [1, null] })
  })

  test('take nothing but a list', async () => {
    const { run } = await outcome({ steps: [{ id: 'each', kind: 'map', items: '"x"', steps: [transform('a', '1')] }] })
    expect(run).toMatchObject({ status: 'FAILED', error: { code: 'STEP_ITEMS_INVALID', step: 'each' } })
  })

  test('are a list also when an expression finds but one, if it says so; without that its author is told', async () => {
    const found = (items: string) => ({
      input: { n: [1, 2, 3] },
      steps: [{ id: 'each', kind: 'map', items, steps: [transform('a', 'item')] }],
    })
    expect((await outcome(found('input.n[$ > 2][]'))).run).toMatchObject({ status: 'SUCCEEDED', output: [3] })
    expect((await outcome(found('input.n[$ > 3][]'))).run).toMatchObject({ status: 'SUCCEEDED', output: [] })
    const { error } = (await outcome(found('input.n[$ > 2]'))).run
    expect(error).toMatchObject({ code: 'STEP_ITEMS_INVALID', message: expect.stringContaining('ends in `[]`') })
  })
})

describe('loops', () => {
  const loop = (more: object) => ({
    steps: [
      {
        id: 'again',
        kind: 'loop',
        maxIterations: 5,
        steps: [transform('next', '(previous = null ? 0 : previous) + 1')],
        ...more,
      },
    ],
  })
  test('go on while a condition holds, decided before each iteration', async () => {
    const { run, paths } = await outcome(loop({ while: 'index < 3' }))
    expect(run).toMatchObject({ status: 'SUCCEEDED', output: 3 })
    expect(paths).toEqual(['again', 'again[0]/next', 'again[1]/next', 'again[2]/next'])
    expect((await outcome(loop({ while: 'false' }))).run).toMatchObject({ status: 'SUCCEEDED', output: null })
  })
  test('go on until a condition holds, decided after each iteration', async () => {
    expect((await outcome(loop({ until: 'previous = 2' }))).run).toMatchObject({ status: 'SUCCEEDED', output: 2 })
  })
  test('fail when their bound comes first', async () => {
    expect((await outcome(loop({ while: 'true' }))).run).toMatchObject({
      status: 'FAILED',
      error: { code: 'STEP_LOOP_NOT_ENDED', step: 'again' },
    })
  })
})

describe('modifiers', () => {
  test('a step whose condition does not hold is skipped, and gives null', async () => {
    const { run, statusOf } = await outcome({
      steps: [transform('a', '1', { when: 'false' }), transform('b', 'steps.a = null')],
    })
    expect(run.output).toBe(true)
    expect(statusOf).toEqual({ a: 'SKIPPED', b: 'SUCCEEDED' })
  })

  test('a condition that cannot be decided fails its step', async () => {
    const { run } = await outcome({ steps: [transform('a', '1', { when: '$error("?")' })] })
    expect(run).toMatchObject({ status: 'FAILED', error: { code: 'EXPRESSION_FAILED', step: 'a' } })
  })

  test('a failure can be an output', async () => {
    const { run } = await outcome({
      steps: [fails('a', { continueOnError: true }), transform('b', 'steps.a.error.code')],
    })
    expect(run).toMatchObject({ status: 'SUCCEEDED', output: 'EXPRESSION_FAILED' })
  })

  test('a failure can be handled: what runs instead sees it, and gives the output', async () => {
    const { run, statusOf } = await outcome({
      steps: [fails('a', { onFailure: [transform('mend', '"mended " & error.code')] }), transform('b', 'steps.a')],
    })
    expect(run).toMatchObject({ status: 'SUCCEEDED', output: 'mended EXPRESSION_FAILED' })
    expect(statusOf).toEqual({ a: 'FAILED', 'a/onFailure/mend': 'SUCCEEDED', b: 'SUCCEEDED' })
  })

  test('a failed attempt is tried again no sooner than a second later, whatever its author wrote, and as often as they said', async () => {
    const retry = {
      maxAttempts: 3,
      initial: '1ms',
      factor: 1,
      jitter: false,
      retryIf: 'error.code = "EXPRESSION_FAILED"',
    }
    const { run, steps } = await outcome({ steps: [fails('a', { retry })] })
    expect(run.status).toBe('FAILED')
    const attempts = steps[0]?.attempts ?? []
    expect(attempts.map(({ status }) => status)).toEqual(['FAILED', 'FAILED', 'FAILED'])
    const begins = attempts.map(({ startedAt }) => Date.parse(startedAt))
    for (const [index, begin] of begins.entries())
      if (index > 0) expect(begin - (begins[index - 1] ?? 0)).toBeGreaterThanOrEqual(1_000)
  })

  test('what is around a step is tried again as a whole, with steps of its own', async () => {
    const inner = [fails('a')]
    const { run, paths } = await outcome({
      steps: [{ id: 'around', kind: 'parallel', branches: { one: inner }, retry: { maxAttempts: 2 } }],
    })
    expect(run).toMatchObject({ status: 'FAILED', error: { step: 'around#2/one/a' } })
    expect(paths).toEqual(['around', 'around/one/a', 'around#2/one/a'])
  })

  test('the limit of a composite step is over all that is in it, also while the run waits', async () => {
    const branches = { one: [{ id: 'pause', kind: 'wait', for: '1h' }] }
    const { run, statusOf } = await outcome({
      steps: [
        { id: 'around', kind: 'parallel', branches, timeout: '500ms', continueOnError: true },
        transform('b', 'steps.around.error.code'),
      ],
    })
    expect(run).toMatchObject({ status: 'SUCCEEDED', output: 'STEP_TIMEOUT' })
    expect(statusOf['around/one/pause']).toBe('CANCELLED')
  })
})

describe('waits', () => {
  test('hold no worker, and go on when they are due', async () => {
    const id = await engine.start({ steps: [{ id: 'pause', kind: 'wait', for: '1500ms' }, transform('b', '"after"')] })
    await engine.until(id, ['WAITING'])
    const run = await engine.ended(id)
    expect(run).toMatchObject({ status: 'SUCCEEDED', output: 'after', lease_epoch: 2 })
  })

  test('a time in the past is no wait', async () => {
    const { run } = await outcome({ steps: [{ id: 'pause', kind: 'wait', until: '"2020-01-01T00:00:00Z"' }] })
    expect(run.status).toBe('SUCCEEDED')
  })

  test('a wait whose time ends fails its step, or goes on where that is wanted', async () => {
    const wait = (more: object) => ({ id: 'pause', kind: 'wait', event: { name: 'never' }, timeout: '300ms', ...more })
    expect((await outcome({ steps: [wait({})] })).run).toMatchObject({
      status: 'FAILED',
      error: { code: 'STEP_TIMEOUT' },
    })
    expect((await outcome({ steps: [wait({ onTimeout: 'continue' })] })).run).toMatchObject({
      status: 'SUCCEEDED',
      output: null,
    })
  })
})

test('a loop that is tried again decides its iterations anew', async () => {
  const loop = {
    ...{ id: 'l', kind: 'loop', until: 'previous = "done"', maxIterations: 5, retry: { maxAttempts: 2 } },
    steps: [
      transform('n', 'index'),
      transform('s', '$exists(steps.first) ? "done" : index = 2 ? $error("no") : "more"'),
    ],
  }
  const right = [{ id: 'pause', kind: 'wait', for: '600ms' }, transform('first', '1')]
  const both = { id: 'both', kind: 'parallel', branches: { left: [loop], right } }
  const { run, paths } = await outcome({ steps: [both], output: 'steps.l' })
  expect(run).toMatchObject({ status: 'SUCCEEDED', output: 'done' })
  expect(paths.filter((path) => path.startsWith('both/left/l#2'))).toEqual(['both/left/l#2[0]/n', 'both/left/l#2[0]/s'])
})

test.each([
  ['text', '["\\u0000"]'],
  ['half of a surrogate pair', '[$substring("\\ud83d\\ude00x", 0, 1) & "\\ud83d"]'],
])('items that no database keeps fail the map, for their %s', async (_what, items) => {
  const { run } = await outcome({ steps: [{ id: 'm', kind: 'map', items, steps: [transform('a', '1')] }] })
  expect(run).toMatchObject({
    status: 'FAILED',
    error: { code: expect.stringMatching(/^STEP_ITEMS_INVALID$/), step: 'm' },
  })
})

test('expressions of many runs at once wait for each other, and fail none', async () => {
  const each = { ...transform('a', 'index'), when: 'index >= 0' }
  const definition = { steps: [{ id: 'm', kind: 'map', items: '[1..20]', concurrency: 20, steps: [each] }] }
  const ids = await Promise.all(Array.from({ length: 8 }, () => engine.start(definition)))
  for (const id of ids) {
    expect(await engine.ended(id)).toMatchObject({ status: 'SUCCEEDED' })
    expect((await engine.steps(id)).filter(({ attempt }) => attempt > 1)).toEqual([])
  }
}, 20_000)

test('a step whose retryIf fails has failed, and what its author said about that counts', async () => {
  const { run, statusOf } = await outcome({
    steps: [fails('a', { retry: { maxAttempts: 3, retryIf: '$error("what?")' }, continueOnError: true })],
  })
  expect(run).toMatchObject({ status: 'SUCCEEDED', output: { error: { message: expect.stringContaining('what?') } } })
  expect(statusOf.a).toBe('FAILED')
})
