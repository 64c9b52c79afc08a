import jsonata from 'jsonata'
import { expect, test } from 'vitest'
import { seededRandom } from '../../../tests/chaos/seeded-random.ts'
import { plainValue } from './plain-expression.ts'

const random = seededRandom(7)
const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T
const names = [
  'a',
  'b',
  'input',
  'steps',
  'and',
  'in',
  'or',
  'x1',
  '_y',
  'null',
  'function',
  'constructor',
  '__proto__',
]

function anyValue(depth: number): unknown {
  const kind = depth === 0 ? one(['leaf', 'none']) : one(['leaf', 'object', 'object', 'object', 'list', 'none'])
  if (kind === 'leaf') return one([0, 1.5, '', 'text', true, false, null])
  if (kind === 'list') return Array.from({ length: Math.floor(random() * 3) }, () => anyValue(depth - 1))
  if (kind === 'none') return {}
  return Object.fromEntries(Array.from({ length: 4 }, () => [one(names), anyValue(depth - 1)]))
}

test('whatever is answered without a thread is what JSONata says of it', async () => {
  let answered = 0
  for (let n = 0; n < 10_000; n += 1) {
    const scope = anyValue(5)
    const expression = Array.from({ length: 1 + Math.floor(random() * 4) }, () => one(names)).join('.')
    const plain = plainValue(expression, scope)
    if (plain === undefined) continue
    answered += 1
    const told = await jsonata(expression).evaluate(scope)
    expect(JSON.parse(JSON.stringify(told)), `${expression} of ${JSON.stringify(scope)}`).toEqual(plain.value)
  }
  expect(answered).toBeGreaterThan(300)
})

test.each(['0', '12', '3.25', '0.5', '"text"', '""', '"ü"', 'true', 'false', 'null', ' 7 '])(
  'the literal %s is what JSONata says of it',
  async (text) => {
    expect(plainValue(text, {})).toEqual({ value: await jsonata(text).evaluate({}) })
  },
)

test.each([
  'a + 1',
  '$now()',
  'a.b[0]',
  'a.*',
  '**',
  'a.`b`',
  '$$.a',
  "'x'",
  '"a\\n"',
  '-1',
  '1e3',
  '01',
  '[1..9]',
  'a.',
  '',
])('%s is left to JSONata', (text) => expect(plainValue(text, { a: { b: 1 } })).toBeUndefined())
