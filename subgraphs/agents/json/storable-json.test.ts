import { expect, test } from 'vitest'
import { storableJson, storableText } from './storable-json.ts'

const bounds = { bytesMax: 1024, depthMax: 4 }
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])

test.each([
  ['an object', { a: [1, 'b', null, true] }],
  ['a text alone', 'text'],
  ['null', null],
  ['a whole surrogate pair', '😀'],
  ['the deepest that is allowed', nested(4)],
])('%s can be stored', (_name, value) => {
  expect(storableJson(value, bounds)).toEqual({ ok: true, json: JSON.stringify(value) })
})

test.each([
  ['a text with U+0000', { a: ['x\0y'] }, 'U+0000'],
  ['a name with U+0000', { 'x\0y': 1 }, 'U+0000'],
  ['half of a surrogate pair', 'x\ud800', 'surrogate'],
  ['a name that would reach a prototype', JSON.parse('{"__proto__": 1}'), '__proto__'],
  ['too deep a value', nested(5), 'deeper than 4'],
  ['too large a value, counted in bytes', 'é'.repeat(512), 'larger than 1 KB'],
  ['what is not JSON', { a: 1n }, 'bigint'],
])('%s is refused with the reason', (_name, value, reason) => {
  expect(storableJson(value, bounds)).toEqual({ ok: false, fault: expect.stringContaining(reason) })
})

test('a depth that would exhaust the stack is refused like any other', () => {
  let value: unknown = 1
  for (let depth = 0; depth < 200_000; depth += 1) value = [value]
  expect(storableJson(value, bounds)).toMatchObject({ ok: false })
})

test('a text from outside is cut and made storable, also where the cut splits a pair', () => {
  expect(storableText('a\0b\udc00c')).toBe('a\u{fffd}b\u{fffd}c')
  expect(storableText('ab😀', 3)).toBe('ab\u{fffd}')
})
