import { expect, test } from 'vitest'
import { JsonSchemas } from './json-schemas.ts'

const schemas = new JsonSchemas()
const pathsIn = (schema: unknown) => schemas.faultsIn(schema).map(({ path }) => path.join('.'))
const elapsedMs = (act: () => unknown) => {
  const from = performance.now()
  act()
  return performance.now() - from
}

const order = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    id: { type: 'string', pattern: '^ord-[0-9]+$' },
    at: { type: 'string', format: 'date-time' },
    lines: { type: 'array', items: { $ref: '#/$defs/line' }, minItems: 1 },
  },
  required: ['id', 'lines'],
  additionalProperties: false,
  $defs: { line: { type: 'object', properties: { count: { type: 'integer', minimum: 1 } }, required: ['count'] } },
}

test('a value that fits has no faults, and each fault of another is told at its path', () => {
  expect(schemas.faultsIn(order)).toEqual([])
  const compiled = schemas.compile(order)
  expect(compiled.faultsOf({ id: 'ord-1', at: '2026-02-28T12:00:00Z', lines: [{ count: 2 }] })).toEqual([])
  expect(compiled.faultsOf({ id: 'x', at: '2026-02-30T12:00:00Z', lines: [{ count: 1 }, {}, 3], more: 1 })).toEqual(
    expect.arrayContaining([
      { path: ['id'], message: expect.stringContaining('pattern') },
      { path: ['at'], message: expect.stringContaining('format') },
      { path: ['lines', 1, 'count'], message: 'is missing' },
      { path: ['lines', 2], message: 'must be object' },
      { path: ['more'], message: 'is not expected here' },
    ]),
  )
})

test.each<[string, unknown, string]>([
  ['a list', [], ''],
  ['a text', 'string', ''],
  ['an unknown type', { type: 'strin' }, 'type'],
  ['a negative length', { properties: { a: { minLength: -1 } } }, 'properties.a.minLength'],
  ['a keyword that there is none', { propertys: {} }, 'propertys'],
  ['a schema that is none', { properties: { a: 3 } }, 'properties.a'],
  ['another dialect', { $schema: 'http://json-schema.org/draft-07/schema#' }, '$schema'],
  ['a reference outside', { $ref: 'https://example.com/schema.json' }, '$ref'],
  ['a reference to a file', { items: { $ref: 'file:///etc/passwd' } }, 'items.$ref'],
  ['a reference into nothing', { $ref: '#/$defs/none' }, '$ref'],
  ['a name for others to refer to', { $id: 'https://example.com/a' }, '$id'],
  ['a dynamic reference', { $dynamicRef: '#a' }, '$dynamicRef'],
  ['a validator that answers later', { $async: true }, '$async'],
  ['a circle', { $defs: { a: { items: { $ref: '#/$defs/a' } } } }, '$defs.a'],
  ['itself', { properties: { again: { $ref: '#' } } }, ''],
  ['look-ahead', { pattern: '^(?=a)b' }, 'pattern'],
  ['a back reference', { pattern: '(a)\\1' }, 'pattern'],
  ['an unfinished pattern', { patternProperties: { '(': true } }, 'patternProperties.('],
  ['a pattern that repeats without end', { pattern: '(?:[a-z]{500}){2}(?:[a-z]{500}){2}' }, 'pattern'],
  ['a comparison of all with all', { uniqueItems: true }, 'uniqueItems'],
  ['too many characters', { description: 'x'.repeat(70_000) }, ''],
])('a schema with %s is refused with the path', (_name, schema, path) => {
  expect(pathsIn(schema)).toContain(path)
})

test('a schema whose references multiply without end is refused', () => {
  const $defs: Record<string, unknown> = { a0: { type: 'string' } }
  for (let n = 1; n <= 40; n++)
    $defs[`a${n}`] = { allOf: [{ $ref: `#/$defs/a${n - 1}` }, { $ref: `#/$defs/a${n - 1}` }] }
  let faults: unknown
  expect(
    elapsedMs(() => {
      faults = schemas.faultsIn({ $defs, $ref: '#/$defs/a40' })
    }),
  ).toBeLessThan(500)
  expect(faults).toEqual([{ path: [], message: expect.stringContaining('2000 checks') }])
})

test('a pattern made to explode takes linear time', () => {
  const compiled = schemas.compile({ type: 'string', pattern: '^(?:(?:a+)+)+$' })
  expect(elapsedMs(() => compiled.faultsOf(`${'a'.repeat(9_000)}b`))).toBeLessThan(500)
  expect(compiled.faultsOf('aaaa')).toEqual([])
})

test('a value with more in it than can be checked is a fault, not a stalled process', () => {
  const wide = { items: { allOf: Array.from({ length: 900 }, () => ({ type: 'integer' })) } }
  expect(schemas.compile(wide).faultsOf(Array.from({ length: 100_000 }, () => 1))).toEqual([
    { path: [], message: expect.stringContaining('too much') },
  ])
})

test('of a large value only the first fault is told, of any other at most 100', () => {
  const compiled = schemas.compile({ items: { type: 'integer' } })
  expect(compiled.faultsOf(Array.from({ length: 50_000 }, () => 'x'))).toHaveLength(1)
  expect(compiled.faultsOf(Array.from({ length: 500 }, () => 'x'))).toHaveLength(100)
})

test('what an object inherits does not count as being there', () => {
  expect(schemas.compile({ required: ['toString'] }).faultsOf({})).toEqual([
    { path: ['toString'], message: 'is missing' },
  ])
})

test('a schema says what it says in words of its own, not in code', () => {
  const name = `'"\`\${process.exit(1)}\\`
  const compiled = schemas.compile({ properties: { [name]: { const: name, pattern: '"]' } }, required: [name] })
  expect(compiled.faultsOf({})).toEqual([{ path: [name], message: 'is missing' }])
})

test('the same schema is compiled once', () => {
  expect(schemas.compile({ type: 'integer', minimum: 3 })).toBe(schemas.compile({ type: 'integer', minimum: 3 }))
})
