import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Health } from '../http/health.ts'
import { PoolMetrics } from './pool.metrics.ts'

export interface Metrics {
  readonly registry: Registry
  /** Seconds from the first byte read to the last written, by route pattern: never by path, which is unbounded. */
  readonly httpDuration: Histogram<'method' | 'route' | 'status'>
  readonly pools: PoolMetrics
}

/** Gauges that prom-client names as counters are named, and that say no more than one it has besides under a good name. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

/** Seconds; from a cache's answer to a request's deadline. */
export const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/**
 * One registry for each service, so that several can live in one process.
 *
 * @param health what its readiness is read from at each scrape
 */
export function createMetrics(service: string, health?: Health): Metrics {
  const registry = new Registry()
  registry.setDefaultLabels({ service })
  collectDefaultMetrics({ register: registry })
  for (const name of misnamed) registry.removeSingleMetric(name)
  if (health !== undefined) measureReadiness(registry, health)
  const httpDuration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time to answer an HTTP request',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: durationBuckets,
    registers: [registry],
  })
  return { registry, httpDuration, pools: new PoolMetrics(registry) }
}

function measureReadiness(registry: Registry, health: Health): void {
  new Gauge({
    name: 'service_ready',
    help: 'Whether the readiness probe passes: 1, or 0',
    registers: [registry],
    aggregator: 'min',
    async collect() {
      this.set((await health.reason()) === undefined ? 1 : 0)
    },
  })
}
