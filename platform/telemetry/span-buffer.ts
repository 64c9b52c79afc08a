import { Counter } from 'prom-client'
import type { Logger } from '../log/logger.ts'
import type { Keeping, SpanSink } from './local-trace.ts'
import type { Metrics } from './metrics.ts'
import type { RecordedSpan } from './recorded-span.ts'

/** Sends spans away; never rejects. @returns whether they were taken */
export type SendSpans = (spans: readonly RecordedSpan[]) => Promise<boolean>

export interface SpanBufferOptions {
  readonly send: SendSpans
  readonly log: Logger
  readonly metrics: Metrics
  readonly limits?: Partial<SpanBufferLimits>
}

export interface SpanBufferLimits {
  readonly spansMax: number
  readonly batchMax: number
  readonly everyMs: number
  /** Traces kept because of errors of callers, within `everyMs`: whoever makes many errors must not crowd out the rest. */
  readonly refusedTracesMax: number
  /** How long closing waits for what is still held. */
  readonly closingMs: number
}

const standard: SpanBufferLimits = {
  spansMax: 8_192,
  batchMax: 512,
  everyMs: 1_000,
  refusedTracesMax: 100,
  closingMs: 3_000,
}

type DropReason = 'full' | 'trace_too_long' | 'many_refusals' | 'not_delivered'

/** Holds the spans that are kept until they are sent, a bounded number of them; what does not fit is dropped and counted. */
export class SpanBuffer implements SpanSink {
  readonly #send: SendSpans
  readonly #log: Logger
  readonly #limits: SpanBufferLimits
  readonly #exported: Counter
  readonly #dropped: Counter<'reason'>
  #held: RecordedSpan[] = []
  #underway = 0
  #refusedTraces = 0
  #timer: NodeJS.Timeout | undefined
  #sending: Promise<void> | undefined
  #delivering = true

  constructor({ send, log, metrics: { registry }, limits }: SpanBufferOptions) {
    this.#send = send
    this.#log = log
    this.#limits = { ...standard, ...limits }
    this.#exported = new Counter({
      name: 'telemetry_spans_exported_total',
      help: 'Spans that the collector took',
      registers: [registry],
    })
    this.#dropped = new Counter({
      name: 'telemetry_spans_dropped_total',
      help: 'Spans that were to be kept and are lost, by reason',
      labelNames: ['reason'],
      registers: [registry],
    })
  }

  keep(spans: readonly RecordedSpan[], why: Keeping): void {
    const { spansMax, batchMax, everyMs, refusedTracesMax } = this.#limits
    if (why === 'refused' && ++this.#refusedTraces > refusedTracesMax) this.#drop('many_refusals', spans.length)
    else if (this.#held.length + spans.length > spansMax) this.#drop('full', spans.length)
    else {
      for (const span of spans) this.#held.push(span)
      this.#flushSoon(this.#held.length >= batchMax ? 0 : everyMs)
    }
  }

  tooMany(): void {
    this.#drop('trace_too_long', 1)
  }

  /** Sends what is held, for at most `closingMs`. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#limits.closingMs)
    })
    await Promise.race([this.#flush(), late])
    clearTimeout(timer)
    this.#drop('not_delivered', this.#held.length + this.#underway)
    this.#held = []
    this.#underway = 0
  }

  #flushSoon(ms: number): void {
    if (this.#sending !== undefined || (this.#timer !== undefined && ms > 0)) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#flush(), ms).unref()
  }

  #flush(): Promise<void> {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined
      this.#timer = undefined
      if (this.#held.length > 0) this.#flushSoon(this.#limits.everyMs)
    })
    return this.#sending
  }

  async #sendAll(): Promise<void> {
    this.#refusedTraces = 0
    while (this.#held.length > 0) {
      const batch = this.#held.splice(0, this.#limits.batchMax)
      this.#underway = batch.length
      const taken = await this.#send(batch)
      if (taken) this.#exported.inc(this.#underway)
      else this.#drop('not_delivered', this.#underway)
      this.#underway = 0
      if (taken !== this.#delivering)
        this.#log[taken ? 'info' : 'warn'](taken ? 'traces are taken again' : 'traces are not taken by the collector')
      this.#delivering = taken
      if (!taken) return
    }
  }

  #drop(reason: DropReason, count: number): void {
    if (count > 0) this.#dropped.inc({ reason }, count)
  }
}
