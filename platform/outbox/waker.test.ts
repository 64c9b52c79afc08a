import { expect, test } from 'vitest'
import { Waker } from './waker.ts'

const longMs = 60_000

test('what wakes a loop ends its rest', async () => {
  const waker = new Waker()
  waker.begin()
  const rest = waker.rest(longMs)
  waker.wake()
  await rest
})

test('what wakes it while a round runs ends the rest after it before it begins', async () => {
  const waker = new Waker()
  waker.begin()
  waker.wake()
  await waker.rest(longMs)
})

test('what woke it before a round began does not keep it awake', async () => {
  const waker = new Waker()
  waker.wake()
  waker.begin()
  let rested = false
  const rest = waker.rest(longMs).then(() => {
    rested = true
  })
  await new Promise(setImmediate)
  expect(rested).toBe(false)
  waker.wake()
  await rest
})

test('a rest that nothing wakes ends by itself', async () => {
  const waker = new Waker()
  waker.begin()
  await waker.rest(1)
})
