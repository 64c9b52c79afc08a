import type { FastifyRequest } from 'fastify'
import { errors as jose } from 'jose'
import { anonymousCaller, type Caller } from '#platform/caller/caller'
import type { DomainError } from '#platform/errors/domain-error'
import type { Refusal } from '#platform/refusals/refusal'
import { ApiKeyInvalidError, TokenRevokedError } from '../errors/edge.errors.ts'

/** Credentials that are not valid: whoever sent them is nobody, and what they claim is not to be repeated. */
export const refusedCredentials = (
  error: DomainError,
  request: Pick<FastifyRequest, 'id' | 'traceparent'>,
  { address, userAgent }: Pick<Caller, 'address' | 'userAgent'>,
): Refusal => ({
  caller: anonymousCaller(address, userAgent),
  coordinate: null,
  code: error.code,
  reason: reasonOf(error),
  requestId: request.id,
  traceparent: request.traceparent,
})

function reasonOf(error: DomainError): string {
  const { cause } = error
  if (error instanceof TokenRevokedError) return 'revoked'
  if (error instanceof ApiKeyInvalidError) return 'API key not valid'
  if (cause === undefined) return 'no access token'
  if (cause instanceof jose.JWTExpired) return 'expired'
  return 'not valid'
}
