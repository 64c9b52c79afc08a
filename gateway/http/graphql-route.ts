import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import { anonymousCaller } from '#platform/caller/caller'
import { InvalidInputError } from '#platform/errors/common-errors'
import { errorBody } from '#platform/http/create-app'
import type { Logger } from '#platform/log/logger'
import { nobody } from '../authorization/identify.ts'
import { type Departure, RequestDeparture } from '../execution/departure.ts'
import type { EdgeContext } from '../execution/request-context.ts'
import type { AnswerRequest } from '../operations/answer-request.ts'
import { defaultProfile } from '../operations/clients/client-profile.ts'
import { answerByEvents, type EventStreamRequest, wantsEvents } from '../subscriptions/answer-by-events.ts'
import type { Live } from '../subscriptions/open-subscriptions.ts'
import { isSimpleRequest } from './cross-site.ts'
import { paramsOf } from './graphql-params.ts'
import { readIdempotencyKey } from './idempotency-key.ts'
import { answerTypeFor, canRead, legacyType } from './media-types.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route only says that its methods are none of the address's. */
    readonly isMethodRefused?: boolean
  }
}

export interface GraphqlRoute {
  readonly path: string
  readonly answer: AnswerRequest
  /** How operations are answered by streams of events and over WebSockets; null when they are not. */
  readonly live: Live | null
  /** Run in this order before the body is read. */
  readonly onRequest: readonly onRequestAsyncHookHandler[]
  readonly log: Logger
}

/** GraphQL over HTTP (draft §5, §6, §7): POST with JSON, GET for queries, both media types of answers. */
export function registerGraphql(app: FastifyInstance, { path, answer, live, onRequest, log }: GraphqlRoute): void {
  app.register(async (scope) => {
    // A form's text/plain would reach us from any website without a preflight: 415, as all that is not JSON.
    scope.removeContentTypeParser('text/plain')
    scope.route({
      method: ['HEAD', 'PUT', 'PATCH', 'DELETE'],
      url: path,
      config: { isMethodRefused: true },
      handler: async (_request, reply) =>
        refuse(reply.header('allow', 'GET, POST'), 405, 'Send the operation by POST, or a query by GET.'),
    })
    scope.route({
      method: ['GET', 'POST'],
      url: path,
      onRequest: [...onRequest],
      handler: async (request, reply) => {
        const { accept } = request.headers
        reply.header('cache-control', 'no-store')
        if (live !== null) {
          const answered = answeredLive(live, request, reply, log)
          if (answered !== null) return answered
        }
        if (!canRead(accept)) return refuse(reply, 406, 'Accept application/graphql-response+json or application/json.')
        if (isSimpleRequest(request))
          return refuse(reply, 400, 'Send content-type: application/json, or a header that makes a browser ask first.')
        try {
          const { status, headers, body } = await answer(paramsOf(request), contextOf(request, leaving(reply), log), {
            mutates: request.method === 'POST',
            faultStatus: answerTypeFor(accept) === legacyType ? 200 : 400,
          })
          return reply
            .code(status)
            .headers(headers)
            .type(`${answerTypeFor(accept)}; charset=utf-8`)
            .send(body)
        } catch (error) {
          if (error instanceof InvalidInputError) return refuse(reply, 400, error.message)
          throw error
        }
      },
    })
  })
}

/** @returns null when neither a stream of events nor a WebSocket is asked for */
function answeredLive(live: Live, request: FastifyRequest, reply: FastifyReply, log: Logger) {
  const isHandshake = live.sockets.isHandshake(request)
  if (!isHandshake && !wantsEvents(request.headers.accept)) return null
  try {
    const asked = streamOf(request, reply, log)
    return isHandshake ? live.sockets.accept(asked) : answerByEvents(live, asked)
  } catch (error) {
    if (error instanceof InvalidInputError) return refuse(reply, 400, error.message)
    throw error
  }
}

const refuse = (reply: FastifyReply, status: number, message: string) =>
  reply.code(status).send(errorBody('BAD_USER_INPUT', message))

function streamOf(request: FastifyRequest, reply: FastifyReply, log: Logger): EventStreamRequest {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  const credential = request.credential ?? nobody({ address: request.ip, userAgent: null })
  // A span that lasts for hours tells nobody anything: what happens meanwhile is not recorded below it.
  const context = { ...contextOf(request, gone.signal, log), span: undefined }
  return { request, reply, credential, context, gone }
}

/** Aborts when the client leaves before it has its answer. */
export function leaving(reply: FastifyReply): Departure {
  const gone = new RequestDeparture()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  return gone
}

/** What a request knows on its way, from what the hooks before it found out. */
export function contextOf(request: FastifyRequest, clientGone: Departure, log: Logger): EdgeContext {
  return {
    caller: request.caller ?? anonymousCaller(request.ip),
    ...(request.viewedAs === null ? {} : { viewedAs: request.viewedAs }),
    client: request.client ?? defaultProfile,
    requestId: request.id,
    traceparent: request.traceparent,
    span: request.span,
    authorization: request.headers.authorization,
    idempotencyKey: readIdempotencyKey(request.headers['idempotency-key']),
    clientGone,
    log,
    logFields: request.logFields,
  }
}
