import { Counter } from 'prom-client'
import { newId } from '../id.ts'
import type { Logger } from '../log/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { type Refusal, type RefusalBatch, type RefusalListener, refusalsPerBatch } from './refusal.ts'
import { RefusalLog } from './refusal-log.ts'

/** The other side will never take this batch: to send it again is useless. */
export class BatchUnwantedError extends Error {}

export interface RefusalRecorderOptions {
  /** What the metrics' names begin with. */
  readonly metricPrefix: 'gateway' | 'subgraph'
  /**
   * Hands a batch over. It may be called again with the same batch, when it is not known what became of it.
   *
   * @throws BatchUnwantedError when it will never be taken; anything else means: later
   */
  readonly deliver: (batch: RefusalBatch, deadline: AbortSignal) => Promise<unknown>
  readonly log: Logger
  readonly metrics: Metrics
  readonly held?: RefusalLog
  /** How often it is looked for records that are ready. */
  readonly flushMs?: number
  /** How long one delivery may take, and all of them together when the process ends. */
  readonly deadlineMs?: number
  /** Pauses between attempts: they double from the first to the most, each varied by half. */
  readonly retryMs?: { readonly first: number; readonly most: number }
  /** How long one batch is tried before the next gets its turn. */
  readonly giveUpMs?: number
}

const defaults = { flushMs: 1_000, deadlineMs: 4_000, retryMs: { first: 500, most: 30_000 }, giveUpMs: 3_600_000 }

/**
 * Collects refusals and hands them over in batches, one at a time, in the background. What waits is bounded by the log;
 * what is lost is counted, by why.
 */
export class RefusalRecorder implements RefusalListener {
  readonly #options: Required<RefusalRecorderOptions>
  readonly #held: RefusalLog
  readonly #refused: Counter<'code'>
  readonly #dropped: Counter<'reason'>
  #batch: { readonly content: RefusalBatch; readonly since: number; attempts: number } | undefined
  #timer: NodeJS.Timeout | undefined
  #delivering: Promise<void> | undefined
  readonly #closing = new AbortController()

  constructor(options: RefusalRecorderOptions) {
    this.#held = options.held ?? new RefusalLog()
    this.#options = { ...defaults, ...options, held: this.#held }
    const { metricPrefix, metrics } = options
    this.#refused = new Counter({
      name: `${metricPrefix}_refusals_total`,
      help: 'Times that somebody was turned away',
      labelNames: ['code'] as const,
      registers: [metrics.registry],
    })
    this.#dropped = new Counter({
      name: `${metricPrefix}_refusals_dropped_total`,
      help: 'Refusals that will be in no audit trail',
      labelNames: ['reason'] as const,
      registers: [metrics.registry],
    })
  }

  refused(refusal: Refusal, count = 1): void {
    this.#refused.inc({ code: refusal.code }, count)
    if (!this.#held.add(refusal, count)) this.#dropped.inc({ reason: 'full' }, count)
  }

  start(): this {
    this.#schedule(this.#options.flushMs)
    return this
  }

  /** Hands over all that is left, as far as the deadline allows. */
  async close(): Promise<void> {
    this.#closing.abort()
    clearTimeout(this.#timer)
    await this.#delivering
    const end = AbortSignal.timeout(this.#options.deadlineMs)
    while (this.#next() !== undefined && !end.aborted) {
      await this.#deliver(end)
      if (this.#batch !== undefined && !end.aborted) await pause(this.#options.retryMs.first * varied())
    }
    while (this.#next() !== undefined) this.#drop('not_delivered')
  }

  #schedule(afterMs: number): void {
    if (this.#closing.signal.aborted) return
    this.#timer = setTimeout(() => {
      this.#delivering = this.#round().finally(() => {
        this.#delivering = undefined
      })
    }, afterMs).unref()
  }

  async #round(): Promise<void> {
    const { deadlineMs, flushMs, retryMs } = this.#options
    while (!this.#closing.signal.aborted && this.#next() !== undefined) {
      await this.#deliver(AbortSignal.any([AbortSignal.timeout(deadlineMs), this.#closing.signal]))
      const attempts = this.#batch?.attempts
      if (attempts === undefined) continue
      return this.#schedule(Math.min(retryMs.first * 2 ** (attempts - 1), retryMs.most) * varied())
    }
    this.#schedule(flushMs)
  }

  /** The batch that is being tried, or a new one; undefined when nothing is ready. */
  #next(): RefusalBatch | undefined {
    if (this.#batch === undefined) {
      const refusals = this.#held.take(refusalsPerBatch, this.#closing.signal.aborted)
      if (refusals.length > 0) this.#batch = { content: { id: newId(), refusals }, since: Date.now(), attempts: 0 }
    }
    return this.#batch?.content
  }

  async #deliver(deadline: AbortSignal): Promise<void> {
    const batch = this.#batch
    if (batch === undefined) return
    try {
      await within(deadline, this.#options.deliver(batch.content, deadline))
      this.#batch = undefined
    } catch (error) {
      batch.attempts += 1
      if (error instanceof BatchUnwantedError) this.#drop('unwanted', error)
      else if (Date.now() - batch.since > this.#options.giveUpMs) this.#drop('not_delivered', error)
      else this.#options.log.warn({ batchId: batch.content.id, err: error }, 'refusals not handed over yet')
    }
  }

  #drop(reason: 'unwanted' | 'not_delivered', error?: unknown): void {
    const { id = '', refusals = [] } = this.#batch?.content ?? {}
    const count = refusals.reduce((sum, refusal) => sum + refusal.count, 0)
    this.#batch = undefined
    this.#dropped.inc({ reason }, count)
    this.#options.log.error({ batchId: id, reason, count, err: error }, 'refusals dropped')
  }
}

/** What `work` comes to, unless the deadline comes first: whether it is done is then not known. */
async function within(deadline: AbortSignal, work: Promise<unknown>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const fail = () => reject(deadline.reason)
  deadline.addEventListener('abort', fail, { once: true })
  if (deadline.aborted) fail()
  await Promise.race([work, late]).finally(() => deadline.removeEventListener('abort', fail))
}

const varied = () => 0.5 + Math.random()
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
