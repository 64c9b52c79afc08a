import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { jsonOf, WorkerMetrics } from './worker-metrics.ts'

/** A process that answered so many requests, each in half a second. */
function processOf(requests: number) {
  const registry = new Registry()
  registry.setDefaultLabels({ service: 'gateway' })
  const registers = [registry]
  const total = new Counter({ name: 'requests_total', help: 'Requests', labelNames: ['code'], registers })
  const time = new Histogram({ name: 'request_seconds', help: 'Time', buckets: [0.1, 1], registers })
  const age = new Gauge({ name: 'list_age_seconds', help: 'Age', aggregator: 'average', registers })
  age.set(requests)
  const answer = () => {
    total.inc({ code: '200' })
    time.observe(0.5)
  }
  for (let i = 0; i < requests; i += 1) answer()
  return { answer, json: () => jsonOf(registry) }
}
const value = (text: string, series: string) =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length + 1),
  )

test('what is counted is added up, buckets too, and what is measured is said of each process', async () => {
  const metrics = new WorkerMetrics()
  metrics.heard('1', await processOf(3).json())
  metrics.heard('2', await processOf(4).json())
  const text = await metrics.text()
  expect(value(text, 'requests_total{code="200",service="gateway"}')).toBe(7)
  expect(value(text, 'request_seconds_count{service="gateway"}')).toBe(7)
  expect(value(text, 'request_seconds_sum{service="gateway"}')).toBe(3.5)
  expect(value(text, 'request_seconds_bucket{le="0.1",service="gateway"}')).toBe(0)
  expect(value(text, 'request_seconds_bucket{le="1",service="gateway"}')).toBe(7)
  expect(value(text, 'request_seconds_bucket{le="+Inf",service="gateway"}')).toBe(7)
  expect(value(text, 'list_age_seconds{service="gateway",worker="1"}')).toBe(3)
  expect(value(text, 'list_age_seconds{service="gateway",worker="2"}')).toBe(4)
  expect(text.match(/^# TYPE /gm)).toHaveLength(3)
})

test('a sum never falls when a process ends, and says nothing of what that process measured', async () => {
  const metrics = new WorkerMetrics()
  const second = processOf(4)
  metrics.heard('1', await processOf(3).json())
  metrics.heard('2', await second.json())
  metrics.gone('1')
  second.answer()
  metrics.heard('2', await second.json())
  metrics.gone('2')
  metrics.heard('3', await processOf(2).json())
  const text = await metrics.text()
  expect(value(text, 'requests_total{code="200",service="gateway"}')).toBe(10)
  expect(value(text, 'request_seconds_bucket{le="1",service="gateway"}')).toBe(10)
  expect(text).not.toContain('worker="1"')
  expect(text).toContain('worker="3"')
})

test('a process that was never heard leaves nothing', async () => {
  const metrics = new WorkerMetrics()
  metrics.gone('1')
  expect((await metrics.text()).trim()).toBe('')
})
