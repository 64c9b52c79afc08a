import { expect, test } from 'vitest'
import { templateExpression } from './template.ts'

test.each([
  ['{{ input.name }}', ' input.name '],
  ['  {{input.name}} ', 'input.name'],
  ['{{ {"a": {"b": 1}} }}', ' {"a": {"b": 1}} '],
  ['{{\n  input.name\n}}', '\n  input.name\n'],
])('%s is an expression as a whole', (text, expression) => {
  expect(templateExpression(text)).toBe(expression)
})

test.each(['Hello {{ input.name }}', '{{ input.name', 'input.name', '{{}}', ''])(
  '%s is a text like any other',
  (text) => {
    expect(templateExpression(text)).toBeUndefined()
  },
)
