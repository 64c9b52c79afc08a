import type { FastifyReply } from 'fastify'
import type { DomainError } from '#platform/errors/domain-error'
import { errorBody } from '#platform/http/create-app'
import { headersOf, statusOf } from './status-of.ts'

/**
 * Answers an HTTP request with a refusal.
 *
 * @param challenge the `WWW-Authenticate` of a 401 (RFC 6750 §3)
 */
export function sendRefusal(reply: FastifyReply, error: DomainError, challenge = 'Bearer'): FastifyReply {
  const status = statusOf(error.code)
  return reply
    .code(status)
    .headers(headersOf(status, error, challenge))
    .send(errorBody(error.code, error.message, { details: error.details }))
}
