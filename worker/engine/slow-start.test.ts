import { expect, test } from 'vitest'
import { SlowStart } from './slow-start.ts'

test('a worker takes few runs at first, twice as many after as many completed steps, and never more than it may', () => {
  const start = new SlowStart(4, 32)
  const rooms = Array.from({ length: 60 }, () => {
    start.progressed()
    return start.room
  })
  expect([rooms[2], rooms[3], rooms[10], rooms[11], rooms[26], rooms[27], rooms.at(-1)]).toEqual([
    4, 8, 8, 16, 16, 32, 32,
  ])
})

test('it is told once when there is more room', () => {
  const start = new SlowStart(2, 4)
  expect([start.progressed(), start.progressed(), start.progressed(), start.progressed()]).toEqual([
    false,
    true,
    false,
    false,
  ])
})
