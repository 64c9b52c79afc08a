import type { FastifyInstance } from 'fastify'
import type { ProcessConfig } from '../config/process.config.ts'
import { createLogger, type Logger } from '../log/logger.ts'
import { createMetrics, type Metrics } from '../telemetry/metrics.ts'
import { openTelemetry } from '../telemetry/telemetry.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import { productVersion } from '../version.ts'
import { Health } from './health.ts'

interface Part {
  readonly name: string
  readonly close: () => Promise<unknown> | unknown
}

/** What every service of ours has while it lives. Whoever opens a thing says on the next line how it closes. */
export class Runtime {
  readonly log: Logger
  readonly metrics: Metrics
  readonly tracer: Tracer
  readonly health = new Health()
  readonly version: string
  readonly #listening: Part[] = []
  readonly #lasting: Part[] = []
  readonly #closers: Part[] = []
  /** Listening addresses in the order they were opened. */
  readonly urls: string[] = []

  constructor(service: string, config: ProcessConfig) {
    this.version = productVersion()
    const { version } = this
    const { environment, logLevel: level } = config
    const log = createLogger({ service, version, environment, level })
    const metrics = createMetrics(service, this.health)
    const telemetry = openTelemetry(config.telemetry, { service, version, environment, log, metrics })
    // The first to be opened, so the last to be closed: what ends in between is sent too.
    this.onClose('telemetry', telemetry.close)
    this.log = log
    this.metrics = metrics
    this.tracer = telemetry.tracer
  }

  onClose(name: string, close: () => Promise<unknown> | unknown): void {
    this.#closers.push({ name, close })
  }

  /** For what would not end by itself, such as a subscription: called when nothing new comes in, before anything closes. */
  onDrain(name: string, end: () => Promise<unknown> | unknown): void {
    this.#lasting.push({ name, close: end })
  }

  async listen(app: FastifyInstance, host: string, port: number): Promise<string> {
    app.addHook('onSend', (_request, reply, payload, next) => {
      // A client that keeps its connection would be cut off when it uses it next.
      if (this.health.isDraining) reply.header('connection', 'close')
      next(null, payload)
    })
    const url = await app.listen({ host, port })
    this.#listening.push({ name: 'http', close: () => closeApp(app) })
    this.urls.push(url)
    return url
  }

  /**
   * Ends in this order: it is ready no more; it listens no more, ends what would last and finishes the requests that run;
   * then it closes what was opened, last first. A failure is logged and the rest still closes.
   */
  async close(): Promise<void> {
    this.health.drain()
    const ending = [...this.#listening.splice(0), ...this.#lasting.splice(0)].map((part) => this.#end(part))
    await Promise.all(ending)
    for (let part = this.#closers.pop(); part !== undefined; part = this.#closers.pop()) await this.#end(part)
  }

  async #end({ name, close }: Part): Promise<void> {
    try {
      await close()
    } catch (error) {
      this.log.error({ err: error, part: name }, 'closing failed')
    }
  }
}

/** Finishes the requests that run. Node closes idle connections once; those that grow idle later would hold it up. */
async function closeApp(app: FastifyInstance): Promise<void> {
  const sweep = setInterval(() => app.server.closeIdleConnections(), 50)
  await app.close().finally(() => clearInterval(sweep))
}
