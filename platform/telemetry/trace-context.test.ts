import { expect, test } from 'vitest'
import { continueTrace, traceIdOf } from './trace-context.ts'

const incoming = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00'

test('a trace is continued under its own id by a new span, with its sampling decision', () => {
  const next = continueTrace(incoming)
  expect(traceIdOf(next)).toBe(traceIdOf(incoming))
  expect(next).not.toBe(incoming)
  expect(next.endsWith('-00')).toBe(true)
})

test.each([
  undefined,
  '',
  'nonsense',
  `ff${incoming.slice(2)}`,
  incoming.replace(/4bf[0-9a-f]+(?=-0)/, '0'.repeat(32)),
])('%s begins a new trace', (given) => {
  const next = continueTrace(given)
  expect(next).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  expect(traceIdOf(next)).not.toBe(traceIdOf(incoming))
})
