import type { FastifyReply, FastifyRequest } from 'fastify'
import { anonymousCaller, type Caller } from '#platform/caller/caller'
import { ForbiddenError, UnauthenticatedError } from '#platform/errors/common-errors'
import { hasScope } from '#platform/graphql/rules'
import type { RefusalListener } from '#platform/refusals/refusal'
import { sendRefusal } from '../errors/send-refusal.ts'

/** Whether somebody holds `ops:read`: they look after the platform as a whole. */
export const isOperator = (caller: Caller | null): boolean => caller !== null && hasScope('ops:read').allows(caller)

/**
 * Turns away, and records, whoever came to what is for holders of `ops:read` without it.
 *
 * @param coordinate what they came to, such as `GET /status`
 */
export function refuseNonOperator(
  request: FastifyRequest,
  reply: FastifyReply,
  refusals: RefusalListener,
  coordinate: string,
): FastifyReply {
  const { caller, id: requestId, traceparent } = request
  const error = caller?.kind === 'user' ? new ForbiddenError() : new UnauthenticatedError()
  const by = caller ?? anonymousCaller(request.ip)
  refusals.refused({ caller: by, coordinate, code: error.code, requestId, traceparent })
  return sendRefusal(reply, error)
}
