import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { createRealmEvaluator, type Outcome } from './realm.ts'

const source = readFileSync(createRequire(import.meta.url).resolve('jsonata'), 'utf8')
const evaluator = createRealmEvaluator(source)
const evaluate = (expression: string, input: unknown = {}, outputBytesMax = 10_000): Outcome =>
  evaluator(expression, JSON.stringify(input), outputBytesMax)
const result = (expression: string, input?: unknown): unknown => {
  const outcome = evaluate(expression, input)
  return outcome.kind === 'done' ? JSON.parse(outcome.output) : outcome
}

/** Evaluates JavaScript where jsonata would run, as though jsonata had been taken over entirely. */
const inside = (javascript: string): unknown => {
  const library = `module.exports = () => ({ evaluate: async () => (${javascript}) })`
  const outcome = createRealmEvaluator(library)('', 'null', 10_000)
  return outcome.kind === 'done' ? JSON.parse(outcome.output) : outcome
}

describe('an evaluation', () => {
  it.each([
    ['a.b', 7],
    ['a', { b: 7 }],
    ['list[1]', 2],
    ['$sum(list)', 6],
    ['list', [1, 2, 3]],
    ['[list[$ > 5]]', []],
    ['"ü" & "☃"', 'ü☃'],
    ['true', true],
    ['null', null],
    ['nothing', null],
    ['[nothing, 1]', [1]],
    ['$fromMillis(0)', '1970-01-01T00:00:00.000Z'],
    ['$formatNumber(1234.5, "#,##0.00")', '1,234.50'],
    ['list ~> $map(function($x) { $x * 2 })', [2, 4, 6]],
    ['$eval("list[0]")', 1],
    ['$replace("a1b2", /[0-9]/, "-")', 'a-b-'],
    ['$encodeUrlComponent("ä b")', '%C3%A4%20b'],
  ])('of %s gives %j', (expression, expected) => {
    expect(result(expression, { a: { b: 7 }, list: [1, 2, 3] })).toEqual(expected)
  })

  it.each(['', 'a', 'ab', 'abc', 'abcd', 'hé', '\u0000\u00ff~?>'])('knows base64 as Node does: %j', (text) => {
    const encoded = Buffer.from(text, 'binary').toString('base64')
    expect(result('$base64encode($)', text)).toBe(encoded)
    expect(result('$base64decode($)', encoded)).toBe(Buffer.from(encoded, 'base64').toString('binary'))
    expect(result('$base64decode($)', encoded.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''))).toBe(
      Buffer.from(encoded, 'base64').toString('binary'),
    )
  })

  it.each([
    ['function($x) { $x }', null],
    ['$sum', null],
    ['/a/', null],
    ['[$sum, 1, /a/, function($x) { $x }]', [null, 1, null, null]],
    ['{"a": $sum, "b": 1, "c": function($x) { $x }}', { b: 1 }],
  ])('makes JSON of what is none: %s', (expression, expected) => {
    expect(result(expression)).toEqual(expected)
  })

  it('refuses a number that JSON cannot carry, rather than calling it null', () => {
    expect(evaluate('1/0')).toMatchObject({ kind: 'failed', message: expect.stringContaining('number') })
  })

  it('measures the result in bytes of UTF-8', () => {
    expect(evaluate('"ü☃"', {}, 7)).toEqual({ kind: 'done', output: '"ü☃"' })
    expect(evaluate('"ü☃"', {}, 6)).toEqual({ kind: 'too-large' })
  })
})

describe('a failure', () => {
  it.each([
    ['a.(', 3],
    ['$number("abc")', 8],
    ['  $unknown(1)', 11],
    ['$error("my words")', 7],
  ])('of %s says where', (expression, position) => {
    expect(evaluate(expression)).toEqual({ kind: 'failed', message: expect.stringMatching(/./), position })
  })

  it.each([
    '$number(secret)',
    'secret > 1',
    '$sort([secret, 1])',
    '$toMillis(secret)',
    '$ ~> |$|secret|',
    '{list: 1}',
    '$number(list)',
    '$eval(secret)',
    '$formatInteger(1, secret)',
    '-secret',
  ])('of %s repeats no data', (expression) => {
    const outcome = evaluate(expression, { secret: 'canary and "quotes" (', list: ['canary'] })
    expect(outcome.kind).toBe('failed')
    expect(JSON.stringify(outcome)).not.toContain('canary')
  })

  it('carries the words of the author, to a length', () => {
    expect(evaluate('$error("my words")')).toMatchObject({ message: 'my words' })
    expect(evaluate('$error($pad("", 10000, "x"))')).toMatchObject({ message: 'x'.repeat(500) })
  })

  it('has no stack and no path', () => {
    for (const expression of ['$sum(', '$number("x")', '(', '$error("x")', '$base64decode(1)', '$eval("(")'])
      expect(JSON.stringify(evaluate(expression))).not.toMatch(/ at |node:|\.js|\.ts|jsonata/)
  })

  it('ends recursion without end in plain words', () => {
    const message = expect.stringMatching(/recursive|nested/)
    expect(evaluate('($f := function($x) { 1 + $f($x) }; $f(1))')).toMatchObject({ kind: 'failed', message })
    expect(evaluate('('.repeat(100_000))).toMatchObject({ kind: 'failed', message })
  })

  it('still leaves recursion of 200 levels alone', () => {
    expect(result('($f := function($x) { $x = 0 ? 0 : 1 + $f($x - 1) }; $f(200))')).toBe(200)
  })
})

describe('the realm', () => {
  it.each([
    'constructor',
    'a.constructor',
    '"".constructor',
    '$now().constructor',
    '$sum.constructor',
    '$sum.implementation',
    '$match("a", /a/).constructor',
    '/a/.constructor',
    '/a/("a").next',
    '$lookup($, "constructor")',
    '$lookup($, "__proto__")',
    '$lookup($sum, "constructor")',
    '$lookup($sum, "implementation")',
    'a.__proto__',
    '$$.constructor.constructor("return process")()',
    '$eval("constructor.constructor")',
    '$keys($sum)',
    '$spread($sum)',
    'process',
    'globalThis',
    '$process',
    '$globalThis',
    '$require',
    'window',
    '$window',
  ])('gives nothing away for %s', (expression) => {
    const outcome = evaluate(expression, { a: [1] })
    if (outcome.kind === 'done') expect(outcome.output).toBe('null')
    else expect(outcome).toMatchObject({ kind: 'failed', message: expect.stringContaining('non-function') })
  })

  it.each([
    '{"_jsonata_function": true, "implementation": $sum}(1)',
    '{"_jsonata_lambda": true, "body": {}, "environment": {}}(1)',
    '($$.forged)(1)',
    '$map([1], $$.forged)',
  ])('does not take data for functions: %s', (expression) => {
    const forged = {
      _jsonata_function: true,
      _jsonata_lambda: true,
      implementation: 'x',
      arguments: [],
      body: { type: 'name', value: 'a' },
    }
    expect(evaluate(expression, { forged }).kind).toBe('failed')
  })

  it.each([
    '{"__proto__": {"polluted": true}}',
    '$merge([{"__proto__": {"polluted": true}}])',
    '$ ~> |$|{"__proto__": {"polluted": true}}|',
    '$ ~> |$|{"constructor": {"prototype": {"polluted": true}}}|',
    '$eval("{\\"__proto__\\": {\\"polluted\\": true}}")',
    '$$',
  ])('cannot be used to pollute a prototype: %s', (expression) => {
    evaluator(expression, '{"__proto__": {"polluted": true}, "a": {"__proto__": {"polluted": true}}}', 1_000)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect(result('{}.polluted')).toBeNull()
  })

  it.each([
    'process',
    'require',
    'module.require',
    'fetch',
    'setTimeout',
    'queueMicrotask',
    'Buffer',
    'WebAssembly.instantiate',
    'performance',
    'navigator',
    'global',
    'self',
    'structuredClone',
    'postMessage',
    'console.log',
  ])('holds no %s, even for code that has taken over the engine', (name) => {
    expect(inside(`(() => { try { return typeof ${name} } catch { return 'undefined' } })()`)).toMatch(
      name === 'console.log' || name === 'WebAssembly.instantiate' ? /undefined|function/ : /undefined/,
    )
  })

  it.each([
    'Function("return 1")()',
    'eval("1")',
    'new (async () => {}).constructor("return 1")()',
    '(function* () {}).constructor("yield 1")',
    'globalThis.constructor.constructor("return process")()',
    'run.constructor("return process")()',
    'new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))',
  ])('cannot turn text into code: %s', (javascript) => {
    expect(inside(javascript)).toMatchObject({
      kind: 'failed',
      message: expect.stringMatching(/code generation|blocked by/i),
    })
  })

  it('cannot import modules', () => {
    expect(inside('import("node:fs").then(() => "imported", () => "refused")')).not.toBe('imported')
  })

  it('is new each time: what one evaluation breaks, the next does not see', () => {
    expect(inside('(Object.prototype.polluted = 1, globalThis.left = 1, [].polluted)')).toBe(1)
    expect(inside('[[].polluted, globalThis.left]')).toEqual([null, null])
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })
})
