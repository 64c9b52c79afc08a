import { LocalTrace, type SpanSink } from './local-trace.ts'
import { RandomIds } from './random-ids.ts'
import { RecordedSpan } from './recorded-span.ts'
import { isSampled } from './sampled.ts'
import { type Attributes, SilentSpan, type Span, type SpanKind } from './span.ts'
import { parseTraceparent, traceparentOf, validTracestate } from './trace-context.ts'

/** Where a trace comes from. */
export interface Incoming {
  readonly traceparent?: string | undefined
  readonly tracestate?: string | undefined
  /** Set where strangers ask: their trace is continued, but whether we keep it they do not decide. */
  readonly fromOutside?: boolean
}

/** Begins the spans of one process: one for each request or job, which begins the process's part of a trace. */
export class Tracer {
  readonly #ratio: number
  readonly #sink: SpanSink | null
  readonly #ids = new RandomIds()

  /**
   * @param ratio the share of traces that is kept, failed or not, between 0 and 1
   * @param sink null when nothing is exported: then nothing is recorded, and traces are handed on only
   */
  constructor(ratio: number, sink: SpanSink | null) {
    this.#ratio = ratio
    this.#sink = sink
  }

  /** Begins work that `incoming` asked for; without a well-formed traceparent it begins a trace of its own. */
  begin(name: string, kind: SpanKind, incoming: Incoming, attributes?: Attributes): Span {
    const parent = parseTraceparent(incoming.traceparent)
    const traceId = parent?.traceId ?? this.#ids.traceId()
    const sampled =
      parent === undefined || incoming.fromOutside === true ? isSampled(traceId, this.#ratio) : parent.sampled
    const tracestate = parent === undefined ? undefined : validTracestate(incoming.tracestate)
    if (this.#sink === null)
      return new SilentSpan(traceparentOf({ traceId, spanId: this.#ids.spanId(), sampled }), tracestate)
    const origin = { traceId, parentId: parent?.spanId, sampled, tracestate }
    const trace = new LocalTrace(origin, this.#ids, this.#sink)
    return new RecordedSpan(trace, name, kind, undefined, performance.now(), attributes)
  }
}
