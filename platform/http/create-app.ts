import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { newId } from '../id.ts'
import type { Logger } from '../log/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Span } from '../telemetry/span.ts'
import { traceIdOf } from '../telemetry/trace-context.ts'
import type { Tracer } from '../telemetry/tracer.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Our own span in the trace of this request: handed on to whatever it calls. */
    span: Span
    /** That span's traceparent. */
    traceparent: string
    /** Facts that the one log line of this request carries besides method, route, status and time. */
    logFields: Record<string, unknown>
    /** Whether its answer goes on for as long as the client likes: how long that takes is no measure of us. */
    isLasting: boolean
  }
}

export interface AppOptions {
  readonly log: Logger
  readonly metrics: Metrics
  readonly tracer: Tracer
  readonly bodyBytesMax: number
  /** Peers (CIDR) whose X-Forwarded-For is believed; from all others the socket's address counts. */
  readonly trustedProxies?: readonly string[]
  /** Strangers ask: their traces are continued, but they do not decide which are kept. */
  readonly public?: boolean
}

const requestIdShape = /^[\w-]{8,64}$/
const quietRoutes = /\/health(\/live|\/ready)?$|^\/metrics$/
/** The methods of HTTP that are their own label; there is no bound on what a client may send (RFC 9110 §9.1). */
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'])

/** A Fastify application with request ids, trace context, one log line and one measurement for each request. */
export function createApp({
  log,
  metrics,
  tracer,
  bodyBytesMax,
  trustedProxies = [],
  public: fromOutside = false,
}: AppOptions): FastifyInstance {
  const app = Fastify({
    bodyLimit: bodyBytesMax,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    genReqId: (request) => {
      const given = request.headers['x-request-id']
      return typeof given === 'string' && requestIdShape.test(given) ? given : newId()
    },
    requestTimeout: 30_000,
    connectionTimeout: 60_000,
    forceCloseConnections: 'idle',
    // What still comes over a kept connection while we close is served like any other.
    return503OnClosing: false,
    exposeHeadRoutes: false,
  })
  app.decorateRequest('span')
  app.decorateRequest('traceparent', '')
  app.decorateRequest('logFields')
  app.decorateRequest('isLasting', false)
  app.addHook('onRequest', async (request, reply) => {
    const { traceparent, tracestate } = request.headers
    const incoming = { traceparent: oneOf(traceparent), tracestate: oneOf(tracestate), fromOutside }
    request.span = tracer.begin('request', 'server', incoming)
    request.traceparent = request.span.traceparent
    request.logFields = {}
    reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unmatched'
    const status = reply.statusCode
    const method = methods.has(request.method) ? request.method : '_OTHER'
    if (!request.isLasting) metrics.httpDuration.observe({ method, route, status }, reply.elapsedTime / 1000)
    const quiet = quietRoutes.test(route)
    if (!quiet && !request.isLasting) endSpan(request, method, route, status)
    const line = {
      ...requestFields(request),
      method: request.method,
      route,
      status,
      durationMs: Math.round(reply.elapsedTime * 10) / 10,
      ...request.logFields,
    }
    log[quiet ? 'debug' : status >= 500 ? 'error' : 'info'](line, 'request')
  })
  app.setNotFoundHandler(async (_request, reply) =>
    reply.code(404).send(errorBody('NOT_FOUND', 'There is nothing at this address.')),
  )
  app.setErrorHandler(async (error: Error & { statusCode?: number }, request, reply) => {
    const status =
      error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500 ? error.statusCode : 500
    if (status === 500) log.error({ ...requestFields(request), err: error }, 'request failed')
    return reply.code(status).send(httpErrorBody(status, request.id))
  })
  return app
}

const oneOf = (header: string | string[] | undefined) => (typeof header === 'string' ? header : undefined)

/** OpenTelemetry, HTTP server spans. Never the path or the query, which hold documents, ids and tokens. */
function endSpan({ span, id }: FastifyRequest, method: string, route: string, status: number): void {
  if (!span.recording) return
  span.rename(`${method} ${route}`)
  span.set('http.request.method', method)
  span.set('http.route', route)
  span.set('http.response.status_code', status)
  span.set('forgeops.request.id', id)
  if (status >= 500) span.fail(String(status))
  span.end()
}

export const requestFields = (request: FastifyRequest) => ({
  requestId: request.id,
  traceId: traceIdOf(request.traceparent),
})

const publicWords: Record<number, readonly [code: string, message: string]> = {
  400: ['BAD_USER_INPUT', 'The request body is not valid JSON.'],
  413: ['BAD_USER_INPUT', 'The request body is too large.'],
  415: ['BAD_USER_INPUT', 'Send the request body as application/json.'],
}

function httpErrorBody(status: number, requestId: string) {
  if (status >= 500) return errorBody('INTERNAL_SERVER_ERROR', 'Something went wrong on our side.', { requestId })
  const [code, message] = publicWords[status] ?? ['BAD_USER_INPUT', 'The request cannot be read.']
  return errorBody(code, message)
}

/** The one shape of an error answer outside GraphQL: GraphQL's own, so that a client needs one reader. */
export const errorBody = (code: string, message: string, more: { requestId?: string; details?: unknown } = {}) => ({
  errors: [{ message, extensions: { code, ...more } }],
})
