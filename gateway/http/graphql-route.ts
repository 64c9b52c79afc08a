import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import { anonymousCaller } from '#platform/caller/caller'
import { InvalidInputError } from '#platform/errors/common-errors'
import { errorBody } from '#platform/http/create-app'
import type { Logger } from '#platform/log/logger'
import type { EdgeContext } from '../execution/request-context.ts'
import type { AnswerRequest } from '../operations/answer-request.ts'
import { defaultProfile } from '../operations/clients/client-profile.ts'
import { isSimpleRequest } from './cross-site.ts'
import { paramsOf } from './graphql-params.ts'
import { readIdempotencyKey } from './idempotency-key.ts'
import { answerTypeFor, canRead } from './media-types.ts'

export interface GraphqlRoute {
  readonly path: string
  readonly answer: AnswerRequest
  /** Run in this order before the body is read. */
  readonly onRequest: readonly onRequestAsyncHookHandler[]
  readonly log: Logger
}

/** GraphQL over HTTP (draft §5, §6, §7): POST with JSON, GET for queries, both media types of answers. */
export function registerGraphql(app: FastifyInstance, { path, answer, onRequest, log }: GraphqlRoute): void {
  app.register(async (scope) => {
    // A form's text/plain would reach us from any website without a preflight: 415, as all that is not JSON.
    scope.removeContentTypeParser('text/plain')
    scope.route({
      method: ['GET', 'POST'],
      url: path,
      onRequest: [...onRequest],
      handler: async (request, reply) => {
        const { accept } = request.headers
        reply.header('cache-control', 'no-store')
        if (!canRead(accept)) return refuse(reply, 406, 'Accept application/graphql-response+json or application/json.')
        if (isSimpleRequest(request))
          return refuse(reply, 400, 'Send content-type: application/json, or a header that makes a browser ask first.')
        try {
          const { status, headers, body } = await answer(paramsOf(request), contextOf(request, reply, log), {
            mutates: request.method === 'POST',
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

const refuse = (reply: FastifyReply, status: number, message: string) =>
  reply.code(status).send(errorBody('BAD_USER_INPUT', message))

function contextOf(request: FastifyRequest, reply: FastifyReply, log: Logger): EdgeContext {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  return {
    caller: request.caller ?? anonymousCaller(request.ip),
    client: request.client ?? defaultProfile,
    requestId: request.id,
    traceparent: request.traceparent,
    authorization: request.headers.authorization,
    idempotencyKey: readIdempotencyKey(request.headers['idempotency-key']),
    clientGone: gone.signal,
    log,
    logFields: request.logFields,
  }
}
