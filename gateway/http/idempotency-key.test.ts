import { expect, test } from 'vitest'
import { readIdempotencyKey } from './idempotency-key.ts'

test.each([
  ['a bare text', '8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
  ['the same in quotes, as the draft has it', '"8e03978e-40d5"', '8e03978e-40d5'],
  ['escapes in quotes', '"a\\"b\\\\c"', 'a"b\\c'],
  ['as long as may be', 'k'.repeat(255), 'k'.repeat(255)],
])('%s is a key', (_name, header, key) => {
  expect(readIdempotencyKey(header)).toBe(key)
})

test('no header is no key', () => {
  expect(readIdempotencyKey(undefined)).toBeUndefined()
})

test.each([
  ['an empty text', ''],
  ['empty quotes', '""'],
  ['a text too long', 'k'.repeat(256)],
  ['a space within', 'a b'],
  ['a space within quotes', '"a b"'],
  ['open quotes', '"a'],
  ['a parameter', '"a";p=1'],
  ['another alphabet', 'schlüssel'],
  ['several headers', ['a', 'b']],
])('%s is bad input', (_name, header) => {
  expect(() => readIdempotencyKey(header)).toThrow('Idempotency-Key')
})
