import { expect, test } from 'vitest'
import { decideOverlap, type Overlap } from './overlap.ts'

const decide = (overlap: Overlap, busy: boolean, buffered: number[], fires: number[]) =>
  decideOverlap(overlap, busy, buffered, fires)

test('skipping starts the first of several fires when nothing runs, and none when something does', () => {
  expect(decide('SKIP', false, [], [1, 2])).toEqual({ start: [1], buffered: [], skipped: [2] })
  expect(decide('SKIP', true, [], [1])).toEqual({ start: [], buffered: [], skipped: [1] })
})

test('one fire waits, or all of them, each for the run before it', () => {
  expect(decide('BUFFER_ONE', true, [], [1, 2])).toEqual({ start: [], buffered: [1], skipped: [2] })
  expect(decide('BUFFER_ONE', false, [1], [2, 3])).toEqual({ start: [1], buffered: [2], skipped: [3] })
  expect(decide('BUFFER_ALL', true, [1], [2, 3])).toEqual({ start: [], buffered: [1, 2, 3], skipped: [] })
  expect(decide('BUFFER_ALL', false, [1, 2], [])).toEqual({ start: [1], buffered: [2], skipped: [] })
})

test('no more than a hundred fires wait', () => {
  const many = Array.from({ length: 120 }, (_, index) => index)
  const { buffered, skipped } = decide('BUFFER_ALL', true, many.slice(0, 90), many.slice(90))
  expect([buffered.length, skipped.length]).toEqual([100, 20])
})

test('the newest fire has the others cancelled and waits for their end, or has them ended and waits for nothing', () => {
  expect(decide('CANCEL_OTHER', true, [1], [2, 3])).toEqual({
    ...{ start: [], buffered: [3], skipped: [1, 2] },
    earlier: 'cancel',
  })
  expect(decide('CANCEL_OTHER', false, [3], [])).toEqual({ start: [3], buffered: [], skipped: [] })
  expect(decide('TERMINATE_OTHER', true, [], [1, 2])).toEqual({
    ...{ start: [2], buffered: [], skipped: [1] },
    earlier: 'terminate',
  })
})

test('nobody is ended when nothing is due', () => {
  for (const overlap of ['CANCEL_OTHER', 'TERMINATE_OTHER'] as const)
    expect(decide(overlap, true, [], [])).toEqual({ start: [], buffered: [], skipped: [] })
})

test('side by side starts them all', () => {
  expect(decide('ALLOW_ALL', true, [], [1, 2])).toEqual({ start: [1, 2], buffered: [], skipped: [] })
})
