import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A span as it arrived, by OTLP's names (opentelemetry-proto, trace.proto) but with plain attributes. */
export interface ReceivedSpan {
  /** `service.name` of the process. */
  readonly service: string
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number
  readonly isError: boolean
  readonly attributes: Readonly<Record<string, unknown>>
  readonly startedAt: bigint
  readonly endedAt: bigint
}

export interface TraceCollector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string
  readonly spans: readonly ReceivedSpan[]
  /** Bodies as they came over the wire, for whoever looks for what must not be in them. */
  readonly bodies: readonly string[]
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[]
  /** Connections that were opened, whether or not anything came over them. */
  readonly connections: number
  /** Answers with this status from now on. */
  answer(status: number | 'nothing'): void
  close(): Promise<void>
}

interface OtlpValue {
  readonly stringValue?: string
  readonly intValue?: string | number
  readonly doubleValue?: number
  readonly boolValue?: boolean
  readonly arrayValue?: { readonly values: readonly OtlpValue[] }
}
interface OtlpAttribute {
  readonly key: string
  readonly value: OtlpValue
}
interface OtlpBody {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] }
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[]
  }[]
}
interface OtlpSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly kind: number
  readonly status: { readonly code?: number }
  readonly attributes: readonly OtlpAttribute[]
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
}

/** A collector of traces that takes OTLP/HTTP with JSON, on a free port. */
export async function openTraceCollector(): Promise<TraceCollector> {
  const spans: ReceivedSpan[] = []
  const bodies: string[] = []
  const requests: { path: string; headers: IncomingHttpHeaders }[] = []
  let status: number | 'nothing' = 200
  let connections = 0
  const server = createServer(async (request, reply) => {
    const body = await text(request)
    requests.push({ path: request.url ?? '', headers: request.headers })
    if (status === 'nothing') return
    if (status === 200) {
      bodies.push(body)
      spans.push(...spansIn(JSON.parse(body) as OtlpBody))
    }
    reply.writeHead(status, { 'content-type': 'application/json' }).end('{}')
  })
  server.on('connection', () => {
    connections += 1
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    bodies,
    requests,
    get connections() {
      return connections
    },
    answer: (next) => {
      status = next
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}

function spansIn({ resourceSpans }: OtlpBody): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(plain(resource.attributes)['service.name'])
    return scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        service,
        name: span.name,
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId || undefined,
        kind: span.kind,
        isError: span.status.code === 2,
        attributes: plain(span.attributes),
        startedAt: BigInt(span.startTimeUnixNano),
        endedAt: BigInt(span.endTimeUnixNano),
      })),
    )
  })
}

const plain = (attributes: readonly OtlpAttribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]))

function plainValue({ stringValue, intValue, doubleValue, boolValue, arrayValue }: OtlpValue): unknown {
  if (arrayValue !== undefined) return arrayValue.values.map(plainValue)
  return stringValue ?? boolValue ?? Number(intValue ?? doubleValue)
}
