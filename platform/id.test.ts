import { expect, test } from 'vitest'
import { systemOrganizationId } from './caller/caller.ts'
import { isId, momentOfId, newId } from './id.ts'

test('ids are UUIDs of version 7 that sort by time', () => {
  const ids = Array.from({ length: 200 }, (_, i) => newId(1_700_000_000_000 + i))
  expect(ids.every(isId)).toBe(true)
  expect(ids.toSorted()).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
})

test('what cannot be an id is told apart, and the system organization has one', () => {
  expect(['', 'x', newId().toUpperCase(), `${newId()} `, '6ba7b810-9dad-11d1-80b4-00c04fd430c8'].some(isId)).toBe(false)
  expect(isId(systemOrganizationId)).toBe(true)
})

test('an id tells when it was made', () => {
  const now = Date.parse('2026-11-21T10:00:00.123Z')
  expect(momentOfId(newId(now)).getTime()).toBe(now)
})
