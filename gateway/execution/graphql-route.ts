import { type ApolloServer, HeaderMap } from '@apollo/server'
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import { anonymousCaller } from '#platform/caller/caller'
import { errorBody } from '#platform/http/create-app'
import type { Logger } from '#platform/log/logger'
import type { EdgeContext } from './request-context.ts'

export interface GraphqlRoute {
  readonly path: string
  readonly server: ApolloServer<EdgeContext>
  /** Run in this order before the body is read. */
  readonly onRequest: readonly onRequestAsyncHookHandler[]
  readonly log: Logger
}

const answerable = /\*\/\*|application\/(\*|json|graphql-response\+json)/i

/** GraphQL over HTTP (GraphQL-over-HTTP draft §6, §7): POST with JSON, GET for queries, both media types of answers. */
export function registerGraphql(app: FastifyInstance, { path, server, onRequest, log }: GraphqlRoute): void {
  app.register(async (scope) => {
    // A form's text/plain would reach us from any website without a preflight: 415, as all that is not JSON.
    scope.removeContentTypeParser('text/plain')
    scope.route({
      method: ['GET', 'POST'],
      url: path,
      onRequest: [...onRequest],
      handler: async (request, reply) => {
        // Apollo Server finds this out only after it has executed the operation, mutations too.
        if (!answerable.test(request.headers.accept ?? '*/*'))
          return reply
            .code(406)
            .send(errorBody('BAD_USER_INPUT', 'Accept application/graphql-response+json or application/json.'))
        const answer = await server.executeHTTPGraphQLRequest({
          httpGraphQLRequest: {
            method: request.method,
            headers: headersOf(request),
            search: request.url.includes('?') ? request.url.slice(request.url.indexOf('?')) : '',
            body: request.body,
          },
          context: async () => contextOf(request, reply, log),
        })
        for (const [name, value] of answer.headers) reply.header(name, value)
        reply.header('cache-control', 'no-store').code(answer.status ?? 200)
        if (answer.status === 500 || answer.body.kind !== 'complete')
          return reply
            .code(500)
            .send(errorBody('INTERNAL_SERVER_ERROR', 'Something went wrong on our side.', request.id))
        return reply.send(answer.body.string)
      },
    })
  })
}

function contextOf(request: FastifyRequest, reply: FastifyReply, log: Logger): EdgeContext {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  return {
    caller: request.caller ?? anonymousCaller(request.ip),
    requestId: request.id,
    traceparent: request.traceparent,
    authorization: request.headers.authorization,
    clientGone: gone.signal,
    log,
    logFields: request.logFields,
  }
}

function headersOf(request: FastifyRequest): HeaderMap {
  const headers = new HeaderMap()
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  return headers
}
