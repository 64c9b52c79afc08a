import { expect, test } from 'vitest'
import { canonicalJson, definitionHash } from './definition-hash.ts'

test('the same content has the same hash, in whatever order its names stand', () => {
  expect(definitionHash({ steps: [{ id: 'a', kind: 'b' }], grants: [] })).toBe(
    definitionHash({ grants: [], steps: [{ kind: 'b', id: 'a' }] }),
  )
})

test('lists keep their order, and what is left out is not there', () => {
  expect(canonicalJson({ b: [3, 1, null], a: undefined, é: 1e21, Z: '\u2028' })).toBe(
    '{"Z":"\u2028","b":[3,1,null],"é":1e+21}',
  )
  expect(definitionHash([1, 2])).not.toBe(definitionHash([2, 1]))
})
