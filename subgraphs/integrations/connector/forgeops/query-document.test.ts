import { expect, test } from 'vitest'
import { isQueryDocument } from './query-document.ts'

test.each(['{ me { id } }', 'query Q($a: Int) { me { ...F } } fragment F on User { id }'])('%j asks', (document) => {
  expect(isQueryDocument(document)).toBe(true)
})

test.each([
  '',
  'nonsense',
  'mutation { logout }',
  'subscription { runEvents }',
  'query A { me { id } } mutation B { logout }',
  'query A { me { id } } query B { me { id } }',
  'fragment F on User { id }',
  'type T { a: Int }',
  `{ ${'a '.repeat(6_000)} }`,
])('%j is not one query (%#)', (document) => {
  expect(isQueryDocument(document)).toBe(false)
})
