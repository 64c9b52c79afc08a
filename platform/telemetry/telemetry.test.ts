import { afterEach, beforeEach, expect, test } from 'vitest'
import { openTraceCollector, type TraceCollector } from '../../tests/kit/trace-collector.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'
import { createLogger } from '../log/logger.ts'
import { createMetrics } from './metrics.ts'
import { openTelemetry } from './telemetry.ts'

let collector: TraceCollector
beforeEach(async () => {
  collector = await openTraceCollector()
})
afterEach(() => collector.close())

const log = createLogger({ service: 'test', version: '0', environment: 'test', level: 'silent' })

function open({ headers = [] as [string, string][], closingMs = 3_000 } = {}) {
  const metrics = createMetrics('toy')
  const traces = { endpoint: collector.endpoint, headers: new Map(headers) }
  const service = { service: 'toy', version: '1.2.3', environment: 'test' }
  const telemetry = openTelemetry(
    { traces, sampleRatio: 1 },
    { ...service, log, metrics, limits: { everyMs: 10, closingMs } },
  )
  const dropped = async () => {
    const counted = await metrics.registry.getSingleMetric('telemetry_spans_dropped_total')?.get()
    return Object.fromEntries(counted?.values.map(({ labels, value }) => [labels.reason, value]) ?? [])
  }
  return { ...telemetry, dropped }
}

test('spans arrive with their times, kinds, parents and attributes, and who made them', async () => {
  const { tracer, close } = open({ headers: [['x-collector-key', 'canary']] })
  const before = BigInt(Date.now() - 1) * 1_000_000n
  const incoming = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  const root = tracer.begin('root', 'server', { traceparent: incoming }, { 'http.route': '/graphql' })
  const part = root.child('part', 'client')
  part.fail('SUBGRAPH_UNAVAILABLE')
  part.end()
  root.set('http.response.status_code', 200)
  root.set('forgeops.error.codes', ['A', 'B'])
  root.end()
  await waitFor('the spans', () => collector.spans.length === 2)
  const [child, parent] = collector.spans
  expect(parent).toMatchObject({
    ...{ service: 'toy', name: 'root', kind: 2, traceId: 'a'.repeat(32), parentSpanId: 'b'.repeat(16), isError: false },
    attributes: {
      'http.route': '/graphql',
      'http.response.status_code': 200,
      'forgeops.error.codes': ['A', 'B'],
      'forgeops.trace.kept': 'sampled',
    },
  })
  expect(child).toMatchObject({
    ...{ name: 'part', kind: 3, parentSpanId: parent?.spanId, isError: true },
    attributes: { 'error.type': 'SUBGRAPH_UNAVAILABLE' },
  })
  for (const { startedAt, endedAt } of collector.spans) {
    expect(startedAt >= before && startedAt <= endedAt).toBe(true)
    expect(endedAt <= BigInt(Date.now() + 1) * 1_000_000n).toBe(true)
  }
  const [request] = collector.requests
  expect([request?.path, request?.headers['x-collector-key']]).toEqual(['/v1/traces', 'canary'])
  expect(collector.bodies[0]).toContain('"deployment.environment.name"')
  await close()
})

test('what is held when a process ends is sent before it does', async () => {
  const { tracer, close } = open()
  tracer.begin('last', 'internal', {}).end()
  await close()
  expect(collector.spans.map(({ name }) => name)).toEqual(['last'])
})

test('a collector that answers nothing keeps no process from ending, and what it did not take is counted', async () => {
  collector.answer('nothing')
  const { tracer, close, dropped } = open({ closingMs: 100 })
  tracer.begin('lost', 'internal', {}).end()
  const startedAt = performance.now()
  await close()
  expect(performance.now() - startedAt).toBeLessThan(2_000)
  expect(await dropped()).toEqual({ not_delivered: 1 })
})

test('what a collector refuses is counted as dropped, and the next is tried', async () => {
  collector.answer(400)
  const { tracer, close, dropped } = open()
  tracer.begin('refused', 'internal', {}).end()
  await waitFor('the refusal', async () => (await dropped()).not_delivered === 1)
  collector.answer(200)
  tracer.begin('taken', 'internal', {}).end()
  await close()
  expect(collector.spans.map(({ name }) => name)).toEqual(['taken'])
})

test('without an endpoint nothing is recorded, nobody is connected to, and traces are handed on all the same', async () => {
  const metrics = createMetrics('toy')
  const service = { service: 'toy', version: '0', environment: 'test', log, metrics }
  const { tracer, close } = openTelemetry({ traces: null, sampleRatio: 1 }, service)
  const root = tracer.begin('root', 'server', { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` })
  root.fail('INTERNAL_SERVER_ERROR')
  root.end()
  await close()
  expect(root.traceparent).toMatch(/^00-a{32}-(?!b{16})[0-9a-f]{16}-01$/)
  expect(collector.connections).toBe(0)
})
