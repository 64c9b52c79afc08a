import { expect, test } from 'vitest'
import { templateParts, wholeExpression } from './template.ts'

test.each([
  ['{{ input.name }}', 'input.name'],
  ['  {{input.name}} ', 'input.name'],
  ['{{ {"a": {"b": 1}} }}', '{"a": {"b": 1}}'],
  ['{{\n  input.name\n}}', 'input.name'],
  ['{{ "}}" & `odd }}` }}', '"}}" & `odd }}`'],
  ['{{ "a \\" }}" }}', '"a \\" }}"'],
])('%s is an expression as a whole', (text, expression) => {
  expect(wholeExpression(templateParts(text))).toBe(expression)
})

test.each(['Hello {{ input.name }}', '{{ input.name', 'input.name', '{{ a }} {{ b }}', ''])(
  '%s has a text for its value',
  (text) => {
    expect(wholeExpression(templateParts(text))).toBeUndefined()
  },
)

test('what stands around expressions, and an opening without an end, mean themselves', () => {
  expect(templateParts('Hello {{ input.name }}, {{ {"a": 1}.a }}th of {{ many')).toEqual([
    'Hello ',
    { expression: 'input.name' },
    ', ',
    { expression: '{"a": 1}.a' },
    'th of {{ many',
  ])
})
