import type { RandomIds } from './random-ids.ts'
import { type Naming, RecordedSpan } from './recorded-span.ts'
import type { Attributes, SpanKind } from './span.ts'

/** Why a trace is kept. */
export type Keeping = 'sampled' | 'failed' | 'refused'

/** Takes the spans of what is kept. */
export interface SpanSink {
  keep(spans: readonly RecordedSpan[], why: Keeping): void
  /** A trace had a span more than are held of one. */
  tooMany(): void
}

/** Of one trace in one process: a loop over spans must not fill the memory before anything is decided. */
export const spansPerTraceMax = 256

export interface TraceOrigin {
  readonly traceId: string
  /** Of whoever asked us; undefined when the trace begins here. */
  readonly parentId: string | undefined
  readonly sampled: boolean
  readonly tracestate: string | undefined
}

/**
 * What this process does within one trace, from the request or job that begins it here to its end. Only then it is known
 * whether anything failed, and so whether any of it is kept: until then a span costs the object that remembers it.
 */
export class LocalTrace {
  readonly origin: TraceOrigin
  readonly ids: RandomIds
  readonly #sink: SpanSink
  readonly #ended: RecordedSpan[] = []
  #begun = 0
  #trouble: 'failed' | 'refused' | undefined
  #decision: Keeping | 'dropped' | undefined

  constructor(origin: TraceOrigin, ids: RandomIds, sink: SpanSink) {
    this.origin = origin
    this.ids = ids
    this.#sink = sink
  }

  /** @returns undefined when the trace has as many spans here as are held */
  begin(
    naming: Naming,
    kind: SpanKind,
    parent: RecordedSpan | undefined,
    startedAt: number,
    attributes?: Attributes,
  ): RecordedSpan | undefined {
    if (this.#begun >= spansPerTraceMax) {
      this.#sink.tooMany()
      return undefined
    }
    this.#begun += 1
    return new RecordedSpan(this, naming, kind, parent, startedAt, attributes)
  }

  trouble(why: 'failed' | 'refused'): void {
    if (this.#trouble !== 'failed') this.#trouble = why
  }

  /** The end of the span that began it here decides for all; what ends later follows. */
  ended(span: RecordedSpan): void {
    if (this.#decision === undefined) {
      this.#ended.push(span)
      if (span.parent !== undefined) return
      this.#decision = this.origin.sampled ? 'sampled' : (this.#trouble ?? 'dropped')
      if (this.#decision === 'dropped') return
      span.set('forgeops.trace.kept', this.#decision)
      this.#sink.keep(this.#ended, this.#decision)
    } else if (this.#decision !== 'dropped') this.#sink.keep([span], this.#decision)
  }
}
