import { execFileSync } from 'node:child_process'
import { afterEach, describe, expect, it } from 'vitest'
import { DomainError } from '#platform/errors/domain-error'
import { EXPRESSION_CHARACTERS_MAX } from '#platform/expression/check-expression'
import { createExpressionRunner, type ExpressionRunner, type ExpressionRunnerOptions } from './expression-runner.ts'

const runners: ExpressionRunner[] = []
afterEach(async () => {
  for (const runner of runners.splice(0)) await runner.close()
})

function newRunner(options: Partial<ExpressionRunnerOptions> = {}): ExpressionRunner {
  const limits = { timeoutMs: 5_000, memoryMbMax: 64, outputBytesMax: 10_000, threadsMax: 2 }
  const runner = createExpressionRunner({ ...limits, ...options })
  runners.push(runner)
  return runner
}

const refusal = async (evaluation: Promise<unknown>): Promise<DomainError> => {
  const error = await evaluation.catch((reason: unknown) => reason)
  if (error instanceof DomainError) return error
  throw new Error(`no refusal: ${JSON.stringify(error)}`)
}
const codeOf = async (evaluation: Promise<unknown>): Promise<string> => (await refusal(evaluation)).code

const endless = '($f := function($x) { $f($x + 1) }; $f(1))'
/** Holds a thread for a while, and ends by itself. */
const slow = '$sum([1..300000].($ * 2))'

describe('evaluate', () => {
  it('returns JSON for JSON', async () => {
    const runner = newRunner()
    expect(await runner.evaluate('{"total": $sum(items.price)}', { items: [{ price: 1.5 }, { price: 2 }] })).toEqual({
      total: 3.5,
    })
    expect(await runner.evaluate('nothing', undefined)).toBeNull()
    expect(await runner.evaluate('$', undefined)).toBeNull()
    expect(await runner.evaluate('$', '☃')).toBe('☃')
  })

  it('fails with the place and without a stack', async () => {
    const error = await refusal(newRunner().evaluate('1 + $number("x")', {}))
    expect(error).toMatchObject({ code: 'EXPRESSION_FAILED', position: 12, details: { position: 12 } })
    expect(error.message).not.toMatch(/ at |\n/)
  })

  it('refuses what is too large: expression, input, result', async () => {
    const runner = newRunner({ inputBytesMax: 10, outputBytesMax: 10 })
    expect(await codeOf(runner.evaluate(' '.repeat(EXPRESSION_CHARACTERS_MAX + 1), {}))).toBe('EXPRESSION_TOO_LARGE')
    expect(await codeOf(runner.evaluate('$', '☃☃☃'))).toBe('EXPRESSION_TOO_LARGE')
    expect(await codeOf(runner.evaluate('$ & $', '123456'))).toBe('EXPRESSION_TOO_LARGE')
    expect(await runner.evaluate('$', '12345678')).toBe('12345678')
  })

  it('refuses an input that is not JSON', async () => {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    const runner = newRunner()
    expect(await codeOf(runner.evaluate('1', circle))).toBe('EXPRESSION_FAILED')
    expect(await codeOf(runner.evaluate('1', 1n))).toBe('EXPRESSION_FAILED')
  })

  it('keeps a thread warm for the next evaluation, which sees nothing of the one before', async () => {
    const runner = newRunner({ threadsMax: 1 })
    await runner.evaluate('1', {})
    const started = performance.now()
    for (let round = 0; round < 20; round++) expect(await runner.evaluate('$left', {})).toBeNull()
    expect((performance.now() - started) / 20).toBeLessThan(40)
  })

  it('is not made of too little memory to start', () => {
    expect(() => newRunner({ memoryMbMax: 15 })).toThrow(RangeError)
  })
})

describe('a limit', () => {
  it.each([
    ['an endless loop', endless],
    ['a catastrophic regular expression', `$match("${'a'.repeat(40)}!", /(a+)+$/)`],
    ['a range of ranges', '[1..3000].([1..3000].($))[0]'],
  ])('ends %s, while another evaluation goes on and the next one finds a thread', async (_title, expression) => {
    const runner = newRunner({ timeoutMs: 400 })
    const [stopped, unharmed] = await Promise.all([
      codeOf(runner.evaluate(expression, {})),
      runner.evaluate('$sum(a)', { a: [1, 2] }),
    ])
    expect(stopped).toMatch(/^EXPRESSION_(TIMEOUT|MEMORY)$/)
    expect(unharmed).toBe(3)
    expect(await runner.evaluate('1 + 1', {})).toBe(2)
  })

  it.each([
    ['one large array', '$sum([1..9999999])'],
    ['many small objects', '[1..3000].([1..3000].{"n": $})'],
    ['one long text', '$pad("", 500000000, "x")'],
    [
      'text that doubles',
      '($f := function($s, $n) { $n = 0 ? $s : $f($s & $s, $n - 1) }; $length($f("abcdefgh", 25)))',
    ],
  ])('of memory ends %s, while another evaluation goes on', async (_title, expression) => {
    const runner = newRunner({ memoryMbMax: 32, timeoutMs: 10_000 })
    const [stopped, unharmed] = await Promise.all([codeOf(runner.evaluate(expression, {})), runner.evaluate(slow, {})])
    expect(stopped).toBe('EXPRESSION_MEMORY')
    expect(unharmed).toBe(90_000_300_000)
    expect(await runner.evaluate('1 + 1', {})).toBe(2)
  })

  it('of the range operator and of recursion fails at once', async () => {
    const runner = newRunner()
    expect(await codeOf(runner.evaluate('[1..1e9]', {}))).toBe('EXPRESSION_FAILED')
    expect(await codeOf(runner.evaluate('($f := function($x) { 1 + $f($x) }; $f(1))', {}))).toBe('EXPRESSION_FAILED')
  })

  it('that a process meets for what it did before is not the next expression’s: that one is asked of a new process', async () => {
    const runner = newRunner({ threadsMax: 1, timeoutMs: 10_000 })
    await runner.evaluate('1', {})
    const used = expressionProcesses()
    expect(used).toHaveLength(1)
    const answer = runner.evaluate(slow, {})
    process.kill(Number(used[0]), 'SIGKILL')
    expect(await answer).toBe(90_000_300_000)
    expect(expressionProcesses()).not.toEqual(used)
  })

  it('is not met by many evaluations after one another', async () => {
    const runner = newRunner({ memoryMbMax: 32, threadsMax: 1 })
    for (let round = 0; round < 100; round++) expect(await runner.evaluate('$count([1..10000])', {})).toBe(10_000)
  })
})

/** Ids of the processes that this one started for expressions. */
function expressionProcesses(): string[] {
  const listed = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
  return listed
    .split('\n')
    .flatMap((line) => (line.includes('expression-host') ? [line.trim().split(' ')[0] ?? ''] : []))
}

describe('abort', () => {
  it('ends an evaluation under way, and gives back the reason', async () => {
    const runner = newRunner({ threadsMax: 1 })
    await runner.evaluate('1', {})
    const signal = AbortSignal.timeout(50)
    await expect(runner.evaluate(endless, {}, { signal })).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(await runner.evaluate('1', {})).toBe(1)
  })

  it('takes a waiting evaluation out of the queue', async () => {
    const runner = newRunner({ threadsMax: 1, queueMax: 1 })
    const first = runner.evaluate(slow, {})
    const abort = new AbortController()
    const second = runner.evaluate('2', {}, { signal: abort.signal })
    abort.abort(new Error('changed my mind'))
    await expect(second).rejects.toThrow('changed my mind')
    const third = runner.evaluate('3', {})
    expect(await Promise.all([first, third])).toEqual([90_000_300_000, 3])
  })

  it('before the call starts nothing', async () => {
    const signal = AbortSignal.abort(new Error('never mind'))
    await expect(newRunner().evaluate('1', {}, { signal })).rejects.toThrow('never mind')
  })
})

describe('the queue', () => {
  it('is served in order, as many at a time as there are threads', async () => {
    const runner = newRunner({ threadsMax: 1 })
    const order: unknown[] = []
    const all = [slow, '2', '3', '4'].map(async (expression) => order.push(await runner.evaluate(expression, {})))
    await Promise.all(all)
    expect(order).toEqual([90_000_300_000, 2, 3, 4])
  })

  it('is bounded', async () => {
    const runner = newRunner({ threadsMax: 1, queueMax: 2 })
    const accepted = [1, 2, 3].map((number) => runner.evaluate(String(number), {}))
    expect(await codeOf(runner.evaluate('4', {}))).toBe('EXPRESSION_BUSY')
    expect(await Promise.all(accepted)).toEqual([1, 2, 3])
    expect(await runner.evaluate('5', {})).toBe(5)
  })
})

describe('close', () => {
  it('refuses what runs, what waits and what comes, and may be called again', async () => {
    const runner = newRunner({ threadsMax: 1 })
    const pending = [runner.evaluate(endless, {}), runner.evaluate('2', {})].map(codeOf)
    await runner.close()
    expect(await Promise.all(pending)).toEqual(['EXPRESSION_BUSY', 'EXPRESSION_BUSY'])
    expect(await codeOf(runner.evaluate('1', {}))).toBe('EXPRESSION_BUSY')
    await runner.close()
  })
})
