import { expect, test } from 'vitest'
import { type IstanbulReport, linesOf } from './line-coverage.ts'

test('a line counts as run when one of the statements that start on it did', () => {
  const report: IstanbulReport = {
    a: {
      path: 'a',
      statementMap: { 0: { start: { line: 1 } }, 1: { start: { line: 1 } }, 2: { start: { line: 2 } } },
      s: { 0: 0, 1: 3, 2: 0 },
      b: {},
    },
  }
  expect([...(linesOf(report).get('a') ?? [])]).toEqual([
    [1, true],
    [2, false],
  ])
})
