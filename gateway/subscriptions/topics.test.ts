import { expect, test } from 'vitest'
import { waitFor } from '../../tests/kit/wait-for.ts'
import { Topics } from './topics.ts'

const never = new AbortController().signal
const rarely = { pollMs: () => 3_600_000, pollsPerSecondMax: () => 1_000 }

function watch(topics: Topics, topic: string, mark = topics.mark(), signal = never): { woken: boolean } {
  const seen = { woken: false }
  void topics.wait(topic, mark, signal).then(() => {
    seen.woken = true
  })
  return seen
}

test('a change wakes those who wait for its topic, and nobody else', async () => {
  const topics = new Topics(rarely)
  const [one, two, other] = [watch(topics, 'a/x'), watch(topics, 'a/x'), watch(topics, 'b/x')]
  topics.changed('a/x')
  await waitFor('both to be woken', () => one.woken && two.woken)
  expect(other.woken).toBe(false)
  expect(topics.waiting).toBe(1)
})

test('a change between the question and the wait is not missed', async () => {
  const topics = new Topics(rarely)
  const mark = topics.mark()
  topics.changed('a/x')
  await topics.wait('a/x', mark, never)
  const later = watch(topics, 'a/x')
  const other = watch(topics, 'b/x', mark)
  await new Promise(setImmediate)
  expect([later.woken, other.woken]).toEqual([false, false])
})

test('nor is it when ten thousand other topics changed since', async () => {
  const topics = new Topics(rarely)
  const mark = topics.mark()
  topics.changed('a/x')
  for (let i = 0; i < 10_001; i += 1) topics.changed(`b/${i}`)
  await topics.wait('a/x', mark, never)
})

test('when changes may have been missed, all are woken, and who is asking just then asks again', async () => {
  const topics = new Topics(rarely)
  const mark = topics.mark()
  const waiting = Array.from({ length: 100 }, (_, i) => watch(topics, `a/${i}`))
  topics.anyMayHaveChanged()
  await topics.wait('b/x', mark, never)
  await waitFor('all to be woken', () => waiting.every(({ woken }) => woken))
})

test('whoever waits long is woken without a change, but only so many in a second', async () => {
  const topics = new Topics({ pollMs: () => 1, pollsPerSecondMax: () => 40 })
  const waiting = Array.from({ length: 30 }, (_, i) => watch(topics, `a/${i}`))
  const began = performance.now()
  const woken = () => waiting.filter((each) => each.woken).length
  await waitFor('the first', () => woken() > 0)
  expect(woken()).toBeLessThanOrEqual(11)
  await waitFor('all', () => woken() === 30)
  expect(performance.now() - began).toBeGreaterThan(500)
})

test('who leaves waits no more', async () => {
  const topics = new Topics(rarely)
  const leaving = new AbortController()
  const seen = watch(topics, 'a/x', topics.mark(), leaving.signal)
  leaving.abort()
  await waitFor('the end of the wait', () => seen.woken)
  expect(topics.waiting).toBe(0)
})
