import { afterEach, expect, test, vi } from 'vitest'
import { systemOrganizationId } from './caller/caller.ts'
import { isId, momentOfId, newId } from './id.ts'

afterEach(() => void vi.useRealTimers())

test('ids are UUIDs of version 7 that sort in the order of their making, also within a millisecond', () => {
  const ids = Array.from({ length: 20_000 }, () => newId())
  expect(ids.every(isId)).toBe(true)
  expect(ids.toSorted()).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
})

test('a clock that is set back or stands still makes no id that sorts before an older one', () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  const ids = Array.from({ length: 10_000 }, (_, i) => {
    if (i % 3_000 === 0) vi.setSystemTime(Date.now() - 60_000)
    return newId()
  })
  expect(ids.toSorted()).toEqual(ids)
  expect(ids.every(isId)).toBe(true)
})

test('what cannot be an id is told apart, and the system organization has one', () => {
  expect(['', 'x', newId().toUpperCase(), `${newId()} `, '6ba7b810-9dad-11d1-80b4-00c04fd430c8'].some(isId)).toBe(false)
  expect(isId(systemOrganizationId)).toBe(true)
})

test('an id tells when it was made', () => {
  expect(momentOfId('018f0000-0000-7000-8000-000000000000').getTime()).toBe(0x018f00000000)
  const before = Date.now()
  expect(momentOfId(newId()).getTime()).toBeGreaterThanOrEqual(before)
})
