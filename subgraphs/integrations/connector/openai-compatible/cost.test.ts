import { expect, test } from 'vitest'
import { costMicros } from './cost.ts'

test.each([
  [{ input: 3, output: 15 }, { inputTokens: 1_000, outputTokens: 200 }, 6_000],
  [{ input: 0.1, output: 0 }, { inputTokens: 3, outputTokens: 9 }, 1],
  [{ input: 0.1, output: 0.2 }, { inputTokens: 10, outputTokens: 5 }, 2],
  [{ input: 0, output: 0 }, { inputTokens: 10, outputTokens: 5 }, 0],
])('%j for %j is %i millionths of a dollar, rounded up', (price, used, cost) => {
  expect(costMicros(price, used)).toBe(cost)
})

test.each([
  [undefined, { inputTokens: 1, outputTokens: 1 }],
  [{ input: 1, output: 1 }, undefined],
  [
    { input: 1, output: 1 },
    { inputTokens: 1, outputTokens: undefined },
  ],
])('what is not known makes the cost unknown, never nothing: %j, %j', (price, used) => {
  expect(costMicros(price, used)).toBeNull()
})
