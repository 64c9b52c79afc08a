import { expect, test } from 'vitest'
import { continueTrace, parseTraceparent, traceIdOf, validTracestate } from './trace-context.ts'

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

test('a later version is read as far as it is like this one, and this one only as it is defined', () => {
  const later = `01${incoming.slice(2, -2)}01-and-more`
  expect(parseTraceparent(later)).toEqual({
    traceId: traceIdOf(incoming),
    spanId: '00f067aa0ba902b7',
    sampled: true,
  })
  expect(parseTraceparent(`${incoming}-more`)).toBeUndefined()
})

test.each(['vendor=value', 'a=1,b=2', 'a=1, b=2', 'tenant@vendor=x:y;z', ',a=1,,b=2'])(
  'the tracestate %s is handed on as it is',
  (text) => {
    expect(validTracestate(text)).toBe(text)
  },
)

test.each([
  undefined,
  '',
  ',',
  'novalue',
  'UPPER=1',
  'a=b=c',
  'a=\u0001',
  `a=${'x'.repeat(600)}`,
  Array.from({ length: 33 }, (_, i) => `k${i}=1`).join(),
])('the tracestate %s goes no further', (text) => {
  expect(validTracestate(text)).toBeUndefined()
})
