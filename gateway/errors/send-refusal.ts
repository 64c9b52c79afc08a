import type { FastifyReply } from 'fastify'
import type { DomainError } from '#platform/errors/domain-error'
import { errorBody } from '#platform/http/create-app'
import { RateLimitedError } from './edge.errors.ts'

const statuses: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  RATE_LIMITED: 429,
  SUBGRAPH_UNAVAILABLE: 503,
}

/**
 * Answers an HTTP request with a refusal.
 *
 * @param challenge the `WWW-Authenticate` of a 401 (RFC 6750 §3)
 */
export function sendRefusal(reply: FastifyReply, error: DomainError, challenge = 'Bearer'): FastifyReply {
  const status = statuses[error.code] ?? 400
  if (status === 401) reply.header('www-authenticate', challenge)
  if (error instanceof RateLimitedError) reply.header('retry-after', String(error.retryAfterSeconds))
  if (status === 503) reply.header('retry-after', '1')
  return reply.code(status).send(errorBody(error.code, error.message))
}
