import { expect, test } from 'vitest'
import { summary } from './ci.ts'

test('the summary has a line for each gate, with its time', () => {
  const outcomes = [
    { gate: 'lint', passed: true, seconds: 1.234 },
    { gate: 'typecheck', passed: false, seconds: 61 },
  ]
  expect(summary(outcomes)).toBe('Gates:\n  lint             passed     1.2 s\n  typecheck        FAILED    61.0 s')
})
