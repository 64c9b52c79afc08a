import type { HrTime, SpanContext, SpanKind as SpanKindCode } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import type { RecordedSpan } from './recorded-span.ts'
import type { SpanKind } from './span.ts'
import type { SendSpans } from './span-buffer.ts'

export interface OtlpTarget {
  /** The collector; spans go to `v1/traces` below it (OTLP/HTTP). */
  readonly endpoint: string
  readonly headers: ReadonlyMap<string, string>
}

/** Who records, by OpenTelemetry's names for resources. */
export interface TracedService {
  readonly service: string
  readonly version: string
  readonly environment: string
  /** Tells processes of one kind apart. */
  readonly instance: string
}

const timeoutMillis = 5_000
const kindCodes: Readonly<Record<SpanKind, SpanKindCode>> = {
  internal: 0,
  server: 1,
  client: 2,
  producer: 3,
  consumer: 4,
}
const statusUnset = 0
const statusError = 2

/** Sends spans to a collector by OpenTelemetry's own exporter, which tries again within its deadline. */
export function otlpSender(target: OtlpTarget, service: TracedService): { send: SendSpans; close(): void } {
  const opened = load(target, service)
  opened.catch(() => undefined)
  return {
    async send(spans) {
      const loaded = await opened.catch(() => undefined)
      if (loaded === undefined) return false
      const { exporter, resource } = loaded
      const readable = spans.map((span) => readableSpan(span, resource))
      return new Promise((resolve) => exporter.export(readable, ({ code }) => resolve(code === 0)))
    },
    close: () => void opened.then(({ exporter }) => exporter.shutdown()).catch(() => undefined),
  }
}

/** A large library: only a process that exports pays for it, and while it starts. */
async function load({ endpoint, headers }: OtlpTarget, { service, version, environment, instance }: TracedService) {
  const [{ OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ])
  const url = new URL('v1/traces', endpoint.endsWith('/') ? endpoint : `${endpoint}/`).href
  const resource = resourceFromAttributes({
    'service.namespace': 'forgeops',
    'service.name': service,
    'service.version': version,
    'service.instance.id': instance,
    'deployment.environment.name': environment,
  })
  return { exporter: new OTLPTraceExporter({ url, headers: Object.fromEntries(headers), timeoutMillis }), resource }
}

function readableSpan(span: RecordedSpan, resource: Resource): ReadableSpan {
  const { origin } = span.trace
  const { name, attributes = {} } = span.describe()
  const contextOf = (spanId: string, isRemote: boolean): SpanContext => ({
    ...{ traceId: origin.traceId, spanId, isRemote },
    traceFlags: origin.sampled ? 1 : 0,
  })
  const parentId = span.parent?.id ?? origin.parentId
  const endedAt = span.endedAt ?? span.startedAt
  return {
    name,
    kind: kindCodes[span.kind],
    spanContext: () => contextOf(span.id, false),
    ...(parentId === undefined ? {} : { parentSpanContext: contextOf(parentId, span.parent === undefined) }),
    startTime: timeOf(performance.timeOrigin + span.startedAt),
    endTime: timeOf(performance.timeOrigin + endedAt),
    duration: timeOf(endedAt - span.startedAt),
    status: { code: span.failure?.isError === true ? statusError : statusUnset },
    attributes: {
      ...(attributes as ReadableSpan['attributes']),
      ...(span.failure === undefined ? {} : { 'error.type': span.failure.type }),
    },
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: { name: 'forgeops' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }
}

function timeOf(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000)
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)]
}
