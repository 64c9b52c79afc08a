import { Counter, Gauge } from 'prom-client'
import { createApp } from '#platform/http/create-app'
import type { ServiceManifest } from '#platform/http/serve'
import type { GatewayConfig } from '../config.ts'
import { MemoryCounters } from '../traffic/rate-limits/memory-counters.ts'
import { GatheredMetrics } from './gathered-metrics.ts'
import { tell, Workers } from './workers.ts'

/** So long after the last worker must have ended. */
const marginMs = 1_000

/** The primary ends after its workers, which serve on for the delay, and then have the grace. */
export const primaryConfig = (config: GatewayConfig): GatewayConfig => ({
  ...config,
  shutdownDelayMs: 0,
  shutdownGraceMs: config.shutdownDelayMs + config.shutdownGraceMs + marginMs,
})

/**
 * The process over the gateway's workers, one for each core: it hands them the connections, keeps them running, counts for
 * all of them where there is no Redis, and answers for their metrics.
 */
export const gatewayPrimary: ServiceManifest<GatewayConfig> = {
  name: 'gateway',
  async open(config, runtime) {
    const { log, metrics, tracer } = runtime
    const gathered = new GatheredMetrics(metrics.registry)
    const counters = new MemoryCounters()
    const restarts = new Counter({
      name: 'gateway_worker_restarts_total',
      help: 'Workers that took the place of one that had ended by itself',
      registers: [metrics.registry],
    })
    const workers = new Workers({
      count: config.workers,
      log,
      heard: (worker, message) => {
        if (message.say === 'metrics') return gathered.heard(worker, message)
        counters.add(message.additions).then((counted) => tell(worker, { say: 'counted', id: message.id, counted }))
      },
      ended: (worker) => gathered.gone(worker),
      restarted: () => restarts.inc(),
    })
    new Gauge({
      name: 'gateway_workers',
      help: 'Workers that serve',
      registers: [metrics.registry],
      collect() {
        this.set(workers.ready.size)
      },
    })
    runtime.onDrain('workers', async () => {
      if (!(await workers.stop())) process.exitCode = 1
    })
    const url = await workers.start()

    const ops = createApp({ log, metrics, tracer, bodyBytesMax: 1_000 })
    ops.get('/metrics', async (_request, reply) =>
      reply.header('content-type', metrics.registry.contentType).send(await gathered.text(workers.ready)),
    )
    await runtime.listen(ops, config.host, config.opsPort)
    runtime.urls.push(url)
  },
}
