import { Kind, parse } from 'graphql'
import { expect, it } from 'vitest'
import { levelsOf } from './bound-nesting.ts'

const levels = (text: string, enough = 100) => {
  const document = parse(text)
  const [operation] = document.definitions
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('The operation comes first.')
  return levelsOf(operation.selectionSet, document, enough)
}

it.each([
  ['{ a }', 1],
  ['{ a { b } c { d { e } } }', 3],
  ['{ a { ... on T { b { ... { c } } } } }', 3],
  ['{ a { ...f } b { c { ...f } } } fragment f on T { d { ...g } } fragment g on T { e }', 4],
])('the levels of %s are %i', (text, expected) => {
  expect(levels(text)).toBe(expected)
})

it('counting ends soon above the bound', () => {
  expect(levels(`{ ${'a { '.repeat(1_000)} b ${'}'.repeat(1_000)} }`, 50)).toBeLessThan(60)
})

it('a fragment first met at the bound does not hide how deep another use of it goes', () => {
  expect(levels('{ a { b { c { ...f } } } d { ...f } } fragment f on T { e { g { h } } }', 3)).toBeGreaterThan(3)
})
