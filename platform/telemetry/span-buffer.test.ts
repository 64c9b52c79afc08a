import { expect, test } from 'vitest'
import { waitFor } from '../../tests/kit/wait-for.ts'
import { createLogger } from '../log/logger.ts'
import { createMetrics } from './metrics.ts'
import type { RecordedSpan } from './recorded-span.ts'
import { SpanBuffer, type SpanBufferLimits } from './span-buffer.ts'
import { Tracer } from './tracer.ts'

const log = createLogger({ service: 'test', version: '0', environment: 'test', level: 'silent' })

function open(limits: Partial<SpanBufferLimits>) {
  const metrics = createMetrics('toy')
  const batches: string[][] = []
  const send = async (spans: readonly RecordedSpan[]) => {
    batches.push(spans.map((span) => span.describe().name))
    return true
  }
  const buffer = new SpanBuffer({ send, log, metrics, limits })
  const dropped = async () => {
    const counted = await metrics.registry.getSingleMetric('telemetry_spans_dropped_total')?.get()
    return Object.fromEntries(counted?.values.map(({ labels, value }) => [labels.reason, value]) ?? [])
  }
  return { tracer: new Tracer(1, buffer), refusing: new Tracer(0, buffer), buffer, batches, dropped }
}

test('spans are sent together, in batches of a bounded size', async () => {
  const { tracer, buffer, batches } = open({ batchMax: 2, everyMs: 10 })
  for (const name of ['a', 'b', 'c', 'd', 'e']) tracer.begin(name, 'internal', {}).end()
  await waitFor('all of them', () => batches.flat().length === 5)
  expect(batches).toEqual([['a', 'b'], ['c', 'd'], ['e']])
  await buffer.close()
})

test('what does not fit is dropped and counted, not kept in memory', async () => {
  const { tracer, buffer, batches, dropped } = open({ spansMax: 3, everyMs: 60_000 })
  for (const name of ['a', 'b', 'c', 'd', 'e']) tracer.begin(name, 'internal', {}).end()
  await buffer.close()
  expect(batches).toEqual([['a', 'b', 'c']])
  expect(await dropped()).toEqual({ full: 2 })
})

test('whoever makes many errors of their own does not crowd out traces of what failed', async () => {
  const { refusing, buffer, batches, dropped } = open({ refusedTracesMax: 2, everyMs: 60_000 })
  for (let i = 0; i < 10; i++) {
    const span = refusing.begin('refused', 'server', {})
    span.refuse('BAD_USER_INPUT')
    span.end()
  }
  const failed = refusing.begin('failed', 'server', {})
  failed.fail('INTERNAL_SERVER_ERROR')
  failed.end()
  await buffer.close()
  expect(batches).toEqual([['refused', 'refused', 'failed']])
  expect(await dropped()).toEqual({ many_refusals: 8 })
})
