import { expect, it } from 'vitest'
import { isDeeper } from './bound-variables.ts'

const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}1${']'.repeat(levels)}`)

it.each([
  [undefined, 1, false],
  [{}, 1, false],
  [{ a: { b: [] } }, 3, false],
  [{ a: { b: [] } }, 2, true],
  [{ a: 1, b: [null, { c: {} }] }, 3, true],
  [nested(200), 200, false],
  [nested(201), 200, true],
])('whether value %# is deeper than its bound', (value, levelsMax, expected) => {
  expect(isDeeper(value, levelsMax)).toBe(expected)
})

it('no depth exhausts the stack', () => {
  expect(isDeeper(nested(400_000), 200)).toBe(true)
})
