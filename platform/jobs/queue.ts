import { createRequire } from 'node:module'
import BeeQueue from 'bee-queue'
import type { z } from 'zod'
import type { Logger } from '../log/logger.ts'
import type { Span } from '../telemetry/span.ts'
import { traceIdOf } from '../telemetry/trace-context.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import type { JobDefinition } from './define-job.ts'
import type { QueueMetrics, QueueState } from './queue.metrics.ts'
import { withDeadline } from './with-deadline.ts'

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
  readonly metrics: QueueMetrics
  readonly tracer: Tracer
  /** Consumers need a second, blocking connection; producers do without. */
  readonly consume: boolean
}

/** One job's queue, behind the only door to Bee-Queue. */
export class JobQueue<Schema extends z.ZodType> {
  readonly #queue: BeeQueue
  readonly #job: JobDefinition<Schema>
  readonly #options: QueueOptions

  constructor(job: JobDefinition<Schema>, options: QueueOptions) {
    this.#job = job
    this.#options = options
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
    this.#queue.on('error', (error) => options.log.warn({ err: error, job: job.name }, 'queue connection trouble'))
    if (options.consume) options.metrics.watch(job.name, () => this.#state())
  }

  ready(): Promise<unknown> {
    return this.#queue.ready()
  }

  /** Hands out a hint. @throws when Redis does not take it within 2 s: the truth in PostgreSQL is swept later anyway */
  async add(payload: z.infer<Schema>, within?: Span): Promise<void> {
    const span = within?.child(`send ${this.#job.name}`, 'producer', this.#attributes('send'))
    try {
      const data = { ...(this.#job.payload.parse(payload) as object), ...(span && { traceparent: span.traceparent }) }
      await withDeadline(this.#queue.createJob(data).retries(0).save(), 2_000)
    } catch (error) {
      span?.fail(nameOf(error), true)
      throw error
    } finally {
      span?.end()
    }
  }

  /**
   * Runs `handler` for each job, `concurrency` at once; one log line each. A failing handler is not run again.
   *
   * @param handler gets the job's span too, which goes on with the trace of the payload's `traceparent` if it has one
   */
  process(handler: (payload: z.infer<Schema>, span: Span) => Promise<void>): void {
    const { log, metrics, tracer } = this.#options
    const queue = this.#job.name
    this.#queue.on('stalled', () => metrics.stalled.inc({ queue }))
    this.#queue.checkStalledJobs(5_000)
    this.#queue.process(this.#job.concurrency, async (job: BeeQueue.Job<object>) => {
      const startedAt = performance.now()
      const payload = this.#job.payload.parse(job.data) as z.infer<Schema>
      const { traceparent } = payload as { traceparent?: string }
      const span = tracer.begin(`process ${queue}`, 'consumer', { traceparent }, this.#attributes('process'))
      const fields = { job: queue, jobId: job.id, ...fieldsOf(payload as object) }
      let outcome = 'failed'
      try {
        await handler(payload, span)
        outcome = 'done'
        log.info({ ...fields, durationMs: Math.round(performance.now() - startedAt) }, 'job')
      } catch (error) {
        log.error({ ...fields, err: error }, 'job failed')
        span.fail(nameOf(error))
        throw error
      } finally {
        metrics.duration.observe({ queue, outcome }, (performance.now() - startedAt) / 1000)
        span.end()
      }
    })
  }

  /** Waits for running jobs at most `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    await this.#queue.close(timeoutMs).catch(() => undefined)
  }

  async #state(): Promise<QueueState> {
    // The last of the list is the next to be taken.
    const last = { start: -1, end: -1 }
    const [{ waiting, active }, [oldest]] = await Promise.all([
      this.#queue.checkHealth(),
      this.#queue.getJobs('waiting', last),
    ])
    const { timestamp } = (oldest?.options ?? {}) as { timestamp?: number }
    return { waiting, active, oldestAgeSeconds: timestamp === undefined ? 0 : (Date.now() - timestamp) / 1000 }
  }

  #attributes(operation: 'send' | 'process') {
    return {
      'messaging.system': 'bee_queue',
      'messaging.operation.type': operation,
      'messaging.destination.name': this.#job.name,
    }
  }
}

const nameOf = (error: unknown) => (error instanceof Error ? error.name : 'Error')

/** The payload for the log, its trace under the name that every line has it by. */
function fieldsOf({ traceparent, ...rest }: { traceparent?: string }): object {
  return traceparent === undefined ? rest : { ...rest, traceId: traceIdOf(traceparent) }
}
