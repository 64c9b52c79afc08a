import { describe, expect, test } from 'vitest'
import type { Keeping, SpanSink } from './local-trace.ts'
import { spansPerTraceMax } from './local-trace.ts'
import type { RecordedSpan } from './recorded-span.ts'
import { isSampled } from './sampled.ts'
import { traceIdOf } from './trace-context.ts'
import { Tracer } from './tracer.ts'

class Kept implements SpanSink {
  readonly spans: RecordedSpan[] = []
  readonly reasons: Keeping[] = []
  lost = 0
  keep(spans: readonly RecordedSpan[], why: Keeping) {
    this.spans.push(...spans)
    this.reasons.push(why)
  }
  tooMany() {
    this.lost += 1
  }
  get names() {
    return this.spans.map((span) => span.describe().name)
  }
}

const traceOf = (digit: string) => `${'1'.repeat(16)}${digit.repeat(16)}`
const parent = (digit: string, flags: string) => `00-${traceOf(digit)}-00f067aa0ba902b7-${flags}`
/** At a ratio of 0.1 the first is not sampled, the second is. */
const [low, high] = ['0', 'f']

function recorder(ratio = 0.1) {
  const kept = new Kept()
  return { kept, tracer: new Tracer(ratio, kept) }
}

describe('which traces are kept', () => {
  test('a sampled one is kept whole, once the span that began it has ended', () => {
    const { kept, tracer } = recorder()
    const root = tracer.begin('root', 'server', { traceparent: parent(low, '01') })
    root.child('part').end()
    expect(kept.spans).toEqual([])
    root.end()
    expect(kept.names).toEqual(['part', 'root'])
    expect(kept.reasons).toEqual(['sampled'])
  })

  test('one that is not sampled is dropped, whole', () => {
    const { kept, tracer } = recorder()
    const root = tracer.begin('root', 'server', { traceparent: parent(high, '00') })
    const late = root.child('late')
    root.end()
    late.end()
    expect(kept.spans).toEqual([])
  })

  test.each([
    ['failed', (span: RecordedSpan) => span.fail('INTERNAL_SERVER_ERROR')],
    ['refused', (span: RecordedSpan) => span.fail('SQL', true)],
    ['refused', (span: RecordedSpan) => span.refuse('NOT_FOUND')],
  ] as const)('one that is not sampled is kept, as %s, when something went wrong anywhere in it', (why, go) => {
    const { kept, tracer } = recorder()
    const root = tracer.begin('root', 'server', { traceparent: parent(low, '00') })
    root.child('well').end()
    const part = root.child('part')
    go(part as RecordedSpan)
    part.end()
    root.end()
    expect(kept.reasons).toEqual([why])
    expect(kept.names).toEqual(['well', 'part', 'root'])
  })

  test('what ends after the decision follows it', () => {
    const { kept, tracer } = recorder()
    const root = tracer.begin('root', 'server', { traceparent: parent(high, '01') })
    const late = root.child('late')
    root.end()
    late.end()
    late.end()
    expect(kept.names).toEqual(['root', 'late'])
  })

  test('a stranger continues a trace but does not decide whether it is kept: its id does, everywhere alike', () => {
    const { tracer } = recorder()
    const flagsOf = (digit: string, flags: string) =>
      tracer.begin('r', 'server', { traceparent: parent(digit, flags), fromOutside: true }).traceparent.slice(-2)
    expect([flagsOf(low, '01'), flagsOf(low, '00')]).toEqual(['00', '00'])
    expect([flagsOf(high, '01'), flagsOf(high, '00')]).toEqual(['01', '01'])
  })

  test('of many traces the share is kept that was asked for', () => {
    const { tracer } = recorder()
    const ids = Array.from({ length: 20_000 }, () => traceIdOf(tracer.begin('r', 'internal', {}).traceparent))
    expect(new Set(ids).size).toBe(20_000)
    for (const ratio of [0, 0.1, 0.5, 1]) {
      const share = ids.filter((id) => isSampled(id, ratio)).length / ids.length
      expect(Math.abs(share - ratio)).toBeLessThan(0.02)
    }
  })
})

describe('what a span hands on', () => {
  test('its own id in the trace that came, with what others keep about the trace', () => {
    const { kept, tracer } = recorder()
    const given = { traceparent: parent(low, '01'), tracestate: 'vendor=a,other=b' }
    const root = tracer.begin('root', 'server', given)
    const fetch = root.child('fetch', 'client')
    const [, traceId, spanId, flags] = fetch.traceparent.split('-')
    expect([traceId, flags, fetch.tracestate]).toEqual([traceOf(low), '01', 'vendor=a,other=b'])
    fetch.end()
    root.end()
    const [sent, received] = kept.spans
    expect(sent?.id).toBe(spanId)
    expect(sent?.parent).toBe(received)
    expect(received?.trace.origin.parentId).toBe('00f067aa0ba902b7')
  })

  test('without a traceparent that is well formed, a tracestate goes no further', () => {
    const { tracer } = recorder()
    const root = tracer.begin('root', 'server', { traceparent: 'nonsense', tracestate: 'vendor=a' })
    expect(root.tracestate).toBeUndefined()
    expect(traceIdOf(root.traceparent)).toMatch(/^[0-9a-f]{32}$/)
  })

  test('the same when nobody records, at no cost but an id', () => {
    const silent = new Tracer(0.1, null)
    const root = silent.begin('root', 'server', { traceparent: parent(high, '01'), tracestate: 'vendor=a' })
    expect(root.child('part')).toBe(root)
    expect([traceIdOf(root.traceparent), root.tracestate]).toEqual([traceOf(high), 'vendor=a'])
    expect(root.traceparent).toMatch(/-01$/)
    expect(root.recording).toBe(false)
  })
})

test('a trace of endless spans is held up to a bound, and what is beyond it is counted and still handed on', () => {
  const { kept, tracer } = recorder(1)
  const root = tracer.begin('root', 'server', {})
  for (let i = 0; i < spansPerTraceMax + 10; i++) root.child('part').end()
  const beyond = root.child('beyond')
  expect(beyond.traceparent).toBe(root.traceparent)
  beyond.end()
  root.end()
  expect(kept.spans).toHaveLength(spansPerTraceMax + 1)
  expect(kept.lost).toBe(11)
})

test('a span of work that ended is put into words only when its trace is kept', () => {
  const { kept, tracer } = recorder(0)
  let described = 0
  const describe = () => {
    described += 1
    return { name: 'SELECT agents.run', attributes: { 'db.operation.name': 'SELECT' } }
  }
  for (const flags of ['00', '01']) {
    const root = tracer.begin('root', 'server', { traceparent: parent(low, flags) })
    root.addEnded(1, 2, describe)
    root.end()
  }
  expect(kept.names).toEqual(['SELECT agents.run', 'root'])
  expect(described).toBe(1)
})
