import type { LocalTrace } from './local-trace.ts'
import { type Attributes, type AttributeValue, type Description, SilentSpan, type Span, type SpanKind } from './span.ts'
import { traceparentOf } from './trace-context.ts'

/** A name, or what tells name and attributes once somebody wants to know. */
export type Naming = string | (() => Description)

/** A span that remembers. Its id is drawn when it is first needed: most spans are dropped before anybody asks. */
export class RecordedSpan implements Span {
  readonly recording = true
  readonly trace: LocalTrace
  readonly kind: SpanKind
  /** Undefined when it is the one that began the trace in this process. */
  readonly parent: RecordedSpan | undefined
  /** As `performance.now()` gives it. */
  readonly startedAt: number
  endedAt: number | undefined
  failure: { readonly type: string; readonly isError: boolean } | undefined
  #naming: Naming
  #attributes: Record<string, AttributeValue> | undefined
  #id: string | undefined

  constructor(
    trace: LocalTrace,
    naming: Naming,
    kind: SpanKind,
    parent: RecordedSpan | undefined,
    startedAt: number,
    attributes?: Attributes,
  ) {
    this.trace = trace
    this.#naming = naming
    this.kind = kind
    this.parent = parent
    this.startedAt = startedAt
    this.#attributes = attributes === undefined ? undefined : { ...attributes }
  }

  get id(): string {
    this.#id ??= this.trace.ids.spanId()
    return this.#id
  }

  get traceparent(): string {
    const { traceId, sampled } = this.trace.origin
    return traceparentOf({ traceId, spanId: this.id, sampled })
  }

  get tracestate(): string | undefined {
    return this.trace.origin.tracestate
  }

  /** Name and attributes, put into words only when they are wanted. */
  describe(): Description {
    const own = this.#attributes ?? {}
    if (typeof this.#naming === 'string') return { name: this.#naming, attributes: own }
    const { name, attributes } = this.#naming()
    return { name, attributes: { ...attributes, ...own } }
  }

  child(name: string, kind: SpanKind = 'internal', attributes?: Attributes): Span {
    return (
      this.trace.begin(name, kind, this, performance.now(), attributes) ??
      new SilentSpan(this.traceparent, this.tracestate)
    )
  }

  addEnded(startedAt: number, endedAt: number, describe: () => Description, failure?: string): void {
    const span = this.trace.begin(describe, 'client', this, startedAt)
    if (failure !== undefined) span?.fail(failure, true)
    span?.end(endedAt)
  }

  rename(name: string): void {
    this.#naming = name
  }

  set(name: string, value: AttributeValue): void {
    this.#attributes ??= {}
    this.#attributes[name] = value
  }

  fail(type: string, handled = false): void {
    this.failure = { type, isError: true }
    this.trace.trouble(handled ? 'refused' : 'failed')
  }

  refuse(type: string): void {
    this.failure ??= { type, isError: false }
    this.trace.trouble('refused')
  }

  end(at = performance.now()): void {
    if (this.endedAt !== undefined) return
    this.endedAt = at
    this.trace.ended(this)
  }
}
