import type { FastifyInstance } from 'fastify'
import type { ProcessConfig } from '../config/process.config.ts'
import { createLogger, type Logger } from '../log/logger.ts'
import { createMetrics, type Metrics } from '../telemetry/metrics.ts'
import { productVersion } from '../version.ts'
import { Health } from './health.ts'

/** What every service of ours has while it lives. Whoever opens a thing says on the next line how it closes. */
export class Runtime {
  readonly log: Logger
  readonly metrics: Metrics
  readonly health = new Health()
  readonly version: string
  readonly #closers: { readonly name: string; readonly close: () => Promise<unknown> | unknown }[] = []
  /** Listening addresses in the order they were opened. */
  readonly urls: string[] = []

  constructor(service: string, config: ProcessConfig) {
    this.version = productVersion()
    this.log = createLogger({ service, version: this.version, environment: config.environment, level: config.logLevel })
    this.metrics = createMetrics(service)
  }

  onClose(name: string, close: () => Promise<unknown> | unknown): void {
    this.#closers.push({ name, close })
  }

  async listen(app: FastifyInstance, host: string, port: number): Promise<string> {
    const url = await app.listen({ host, port })
    this.onClose('http', () => closeApp(app))
    this.urls.push(url)
    return url
  }

  /** Closes what was opened, last first; a failure is logged and the rest still closes. */
  async close(): Promise<void> {
    this.health.drain()
    for (let closer = this.#closers.pop(); closer !== undefined; closer = this.#closers.pop()) {
      try {
        await closer.close()
      } catch (error) {
        this.log.error({ err: error, part: closer.name }, 'closing failed')
      }
    }
  }
}

/** Finishes the requests that run. Node closes idle connections once; those that grow idle later would hold it up. */
async function closeApp(app: FastifyInstance): Promise<void> {
  const sweep = setInterval(() => app.server.closeIdleConnections(), 50)
  await app.close().finally(() => clearInterval(sweep))
}
