import { expect, test } from 'vitest'
import { losses, raised, reached, uncovered } from './coverage-gate.ts'

const coverage = new Map([
  ['/house/a.ts', new Map([1, 2, 3, 5, 9].map((line) => [line, line > 4] as const))],
  ['/house/b.ts', new Map([[1, true]])],
  ['/house/rooms/c.ts', new Map([[7, false]])],
])

test('percentages are rounded down, so that 100 means all', () => {
  const lines = new Map([['a', new Map(Array.from({ length: 20_001 }, (_, line) => [line, line > 0]))]])
  expect(reached(lines, {}).lines).toBe(99.99)
  expect(reached(new Map(), {})).toEqual({ lines: 100, branches: 100 })
})

test('branches count each arm', () => {
  const report = { a: { path: 'a', statementMap: {}, s: {}, b: { 0: [2, 0], 1: [1, 1] } } }
  expect(reached(new Map(), report).branches).toBe(75)
})

test('a fall beyond the tolerance is a loss, within it is not', () => {
  const baseline = { lines: 90, branches: 80 }
  expect(losses({ lines: 89.8, branches: 79.79 }, baseline)).toEqual([
    'Coverage of branches fell from 80 % to 79.79 %: test what is new.',
  ])
})

test('the baseline only rises', () => {
  expect(raised({ lines: 91, branches: 70 }, { lines: 90, branches: 80 })).toEqual({ lines: 91, branches: 80 })
})

test('files are named with the lines that did not run, the most first', () => {
  expect(uncovered(coverage, '/house')).toEqual(['a.ts 3/5: 1-3', 'rooms/c.ts 1/1: 7'])
})
