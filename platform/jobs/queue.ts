import { createRequire } from 'node:module'
import BeeQueue from 'bee-queue'
import { Gauge } from 'prom-client'
import type { z } from 'zod'
import type { Logger } from '../log/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { traceIdOf } from '../telemetry/trace-context.ts'
import type { JobDefinition } from './define-job.ts'

const require = createRequire(import.meta.url)
const scripts = require('bee-queue/lib/lua/index.js') as { buildCache(client: unknown): Promise<void> }

/**
 * Bee-Queue loads its Lua scripts once; a Redis that restarted does not know them and answers NOSCRIPT for ever.
 * Loading them again at that moment is the only point early enough: on `ready` the offline queue is flushed first.
 */
class RestartProofQueue extends BeeQueue {
  readonly #client = () => (this as unknown as { client: unknown }).client

  async _evalScript(...args: readonly unknown[]): Promise<unknown> {
    const evaluate = (BeeQueue.prototype as unknown as { _evalScript(...a: readonly unknown[]): Promise<unknown> })
      ._evalScript
    try {
      return await evaluate.apply(this, [...args])
    } catch (error) {
      if ((error as { code?: string }).code !== 'NOSCRIPT') throw error
      await scripts.buildCache(this.#client())
      return evaluate.apply(this, [...args])
    }
  }
}

export interface QueueOptions {
  readonly redisUrl: string
  readonly log: Logger
  readonly metrics: Metrics
  /** Consumers need a second, blocking connection; producers do without. */
  readonly consume: boolean
}

/** One job's queue, behind the only door to Bee-Queue. */
export class JobQueue<Schema extends z.ZodType> {
  readonly #queue: BeeQueue
  readonly #job: JobDefinition<Schema>
  readonly #log: Logger

  constructor(job: JobDefinition<Schema>, options: QueueOptions) {
    this.#job = job
    this.#log = options.log
    this.#queue = new RestartProofQueue(job.name, {
      prefix: 'forgeops',
      redis: {
        url: options.redisUrl,
        retry_strategy: ({ attempt }: { attempt: number }) => Math.min(100 * 2 ** attempt, 3_000),
      } as never,
      isWorker: options.consume,
      getEvents: false,
      sendEvents: false,
      storeJobs: false,
      removeOnSuccess: true,
      removeOnFailure: true,
      stallInterval: 5_000,
    })
    // Without a listener a lost connection would end the process.
    this.#queue.on('error', (error) => this.#log.warn({ err: error, job: job.name }, 'queue connection trouble'))
    if (options.consume) this.#measure(options.metrics)
  }

  ready(): Promise<unknown> {
    return this.#queue.ready()
  }

  /** Hands out a hint. @throws when Redis does not take it within 2 s: the truth in PostgreSQL is swept later anyway */
  async add(payload: z.infer<Schema>): Promise<void> {
    await withDeadline(
      this.#queue
        .createJob(this.#job.payload.parse(payload) as object)
        .retries(0)
        .save(),
      2_000,
    )
  }

  /** Runs `handler` for each job, `concurrency` at once; one log line each. A failing handler is not run again. */
  process(handler: (payload: z.infer<Schema>) => Promise<void>): void {
    this.#queue.checkStalledJobs(5_000)
    this.#queue.process(this.#job.concurrency, async (job: BeeQueue.Job<object>) => {
      const startedAt = performance.now()
      const payload = this.#job.payload.parse(job.data) as z.infer<Schema>
      const fields = { job: this.#job.name, jobId: job.id, ...fieldsOf(payload as object) }
      try {
        await handler(payload)
        this.#log.info({ ...fields, durationMs: Math.round(performance.now() - startedAt) }, 'job')
      } catch (error) {
        this.#log.error({ ...fields, err: error }, 'job failed')
        throw error
      }
    })
  }

  /** Waits for running jobs at most `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    await this.#queue.close(timeoutMs).catch(() => undefined)
  }

  #measure(metrics: Metrics): void {
    const health = () => this.#queue.checkHealth()
    const job = this.#job.name
    new Gauge({
      name: `queue_${job.replaceAll('-', '_')}_jobs`,
      help: `Jobs of ${job} in Redis by state`,
      labelNames: ['state'],
      registers: [metrics.registry],
      async collect() {
        const counts = await withDeadline(health(), 1_000).catch(() => undefined)
        if (counts === undefined) return this.reset()
        this.set({ state: 'waiting' }, counts.waiting)
        this.set({ state: 'active' }, counts.active)
      },
    })
  }
}

/** The payload for the log, its trace under the name that every line has it by. */
function fieldsOf({ traceparent, ...rest }: { traceparent?: string }): object {
  return traceparent === undefined ? rest : { ...rest, traceId: traceIdOf(traceparent) }
}

async function withDeadline<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Redis did not answer within ${deadlineMs} ms.`)), deadlineMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
