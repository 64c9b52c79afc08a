export type AttributeValue = string | number | boolean | readonly string[]
export type Attributes = Readonly<Record<string, AttributeValue>>
/** OpenTelemetry's kinds of spans: who asks whom, and whether anybody waits. */
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer'

/** What somebody would want to know of a piece of work. Never a value of the work itself: names, kinds, counts, codes. */
export interface Description {
  readonly name: string
  readonly attributes?: Attributes
}

/**
 * A piece of work in a trace. Handed on by hand, in the contexts that exist. Everything said to it is free of harm when
 * nobody records.
 */
export interface Span {
  /** What to send to whoever does a part of this work, so that their spans become children of this one. */
  readonly traceparent: string
  /** The tracestate that came with the trace, to be sent along. */
  readonly tracestate: string | undefined
  /** Whether it is worth the work to describe anything. */
  readonly recording: boolean
  child(name: string, kind?: SpanKind, attributes?: Attributes): Span
  /** A child that has ended already, described only if the trace is kept; times as `performance.now()` gives them. */
  addEnded(startedAt: number, endedAt: number, describe: () => Description, failure?: string): void
  rename(name: string): void
  set(name: string, value: AttributeValue): void
  /**
   * It went wrong: this span is marked with `type`, a code or an error's name, and the trace is kept; with `handled`, when
   * whoever asked may yet make good of it, as long as there are few of those.
   */
  fail(type: string, handled?: boolean): void
  /** It answered with an error that is the caller's, which is no failure: the trace is kept as long as there are few of those. */
  refuse(type: string): void
  /** The first call counts. */
  end(): void
}

/** A span that nobody records, and only hands on the trace. */
export class SilentSpan implements Span {
  readonly traceparent: string
  readonly tracestate: string | undefined
  readonly recording = false

  constructor(traceparent: string, tracestate?: string) {
    this.traceparent = traceparent
    this.tracestate = tracestate
  }

  child(): Span {
    return this
  }
  addEnded(): void {}
  rename(): void {}
  set(): void {}
  fail(): void {}
  refuse(): void {}
  end(): void {}
}
