import { expect, test } from 'vitest'
import { networkOf } from '#platform/caller/network-of'
import { type AttemptRule, atMost, type BucketState, everSlower, noteRefusal, withdrawn } from './attempt.rules.ts'
import { AttemptKeys } from './attempt-keys.ts'

/** What a rule says to attempts at these moments, in seconds: `ok`, or for how many seconds to wait. */
function rulings(rule: AttemptRule, ...seconds: readonly number[]) {
  let state: BucketState = {}
  return seconds.map((second) => {
    const ruling = rule(state, second * 1_000)
    if ('waitMs' in ruling) return ruling.waitMs / 1_000
    state = ruling.next
    return 'ok'
  })
}

test('in any 60 seconds there are at most so many attempts, also across the full minute', () => {
  expect(rulings(atMost(2), 50, 55, 61, 109, 110, 111, 115)).toEqual(['ok', 'ok', 49, 1, 'ok', 4, 'ok'])
})

test('the tenth wrong attempt in a row is followed by a second of waiting, which then doubles up to five minutes', () => {
  let [state, now]: [BucketState, number] = [{}, 1_000_000]
  const waits = Array.from({ length: 20 }, () => {
    const ruling = everSlower(state, now)
    if ('waitMs' in ruling) throw new Error('Asked too early.')
    state = ruling.next
    const wait = everSlower(state, now)
    if (!('waitMs' in wait)) return 0
    now += wait.waitMs
    return wait.waitMs / 1_000
  })
  expect(waits).toEqual([...Array(9).fill(0), 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])
})

test('waiting is not made longer by asking again', () => {
  const tenth = Array.from({ length: 10 }, () => 0)
  expect(rulings(everSlower, ...tenth, 0, 0.5, 0.75, 1, 1)).toEqual([...tenth.map(() => 'ok'), 1, 0.5, 0.25, 'ok', 2])
})

test('an attempt that was not decided leaves the bucket as it was', () => {
  const before = { taken: [1, 5], failures: 9 }
  const counted = everSlower(before, 5)
  if (!('next' in counted)) throw new Error('It was refused.')
  expect(counted.next).toMatchObject({ failures: 10, blockedUntil: 1_005 })
  expect(withdrawn({ ...counted.next, taken: [1, 5, 5] }, 5)).toEqual(before)
})

test('of a flood of refusals one a minute is recorded, with the number of those before it that were not', () => {
  let state: BucketState = {}
  const records = [0, 1, 59, 60, 61, 200].map((second) => {
    const { next, record } = noteRefusal(state, second * 1_000)
    state = next
    return record?.unrecordedBefore
  })
  expect(records).toEqual([0, undefined, undefined, 2, undefined, 1])
})

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:1:2::6', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:1::1.2.3.4', '2001:db8:1:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  [null, null],
])('the address %s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

test('names of buckets tell nothing, and differ wherever what they count does', () => {
  const keys = new AttemptKeys(Buffer.alloc(32, 1))
  const names = [keys.of('a', 'bc'), keys.of('ab', 'c'), keys.of('a', 'bc', null), keys.of('a', 'bc', 'null')]
  expect(new Set(names).size).toBe(4)
  expect(names.every((name) => /^[\w-]{43}$/.test(name))).toBe(true)
  expect(new AttemptKeys(Buffer.alloc(32, 2)).of('a', 'bc')).not.toBe(keys.of('a', 'bc'))
})
