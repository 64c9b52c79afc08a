import type { FastifyReply, FastifyRequest } from 'fastify'
import { ForbiddenError, InvalidInputError } from '#platform/errors/common-errors'
import type { RefusalListener } from '#platform/refusals/refusal'
import { sendRefusal } from '../../errors/send-refusal.ts'
import type { Check } from '../../execution/operation.ts'
import { isOperator, refuseNonOperator } from '../operators.ts'
import { narrowCaller, type ViewedRole } from './narrow-caller.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The role that the caller looks through; null when they use all their rights. Set behind `viewAsRole`. */
    viewedAs: string | null
  }
}

const nameShape = /^[A-Za-z][A-Za-z0-9 ._-]{0,49}$/
const scopesShape = /^[\w:. -]{0,4000}$/
/** Refusals are of the request as a whole. */
const coordinate = 'POST /graphql'
const queriesOnly = 'As another role you can look, but not act: only queries are answered.'

/**
 * Makes an `onRequest` hook by which holders of `ops:read` see what somebody with another role would: `X-View-As-Role` has
 * its name, `X-View-As-Scopes` its scopes. The client may say what a role holds, since it is only ever intersected with what
 * the caller holds anyway: whatever it says takes rights away and gives none. So no graph that has no roles of ours is asked
 * for them, and no store of roles is needed at the edge.
 *
 * From here on the narrowed caller is the caller: for pruning, for subgraphs, and in the keys of everything that is shared.
 */
export function viewAsRole(refusals: RefusalListener) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const { 'x-view-as-role': name, 'x-view-as-scopes': scopes } = request.headers
    if (name === undefined && scopes === undefined) return undefined
    const { caller, credential } = request
    if (caller === null || !isOperator(caller)) return refuseNonOperator(request, reply, refusals, coordinate)
    if (request.headers.upgrade !== undefined) return sendRefusal(reply, new ForbiddenError(queriesOnly))
    const role = roleIn(name, scopes)
    if (role === null)
      return sendRefusal(
        reply,
        new InvalidInputError(
          'X-View-As-Role is the name of a role, and X-View-As-Scopes its scopes with spaces between.',
        ),
      )
    const narrowed = narrowCaller(caller, role)
    request.caller = narrowed
    if (credential !== null) request.credential = { ...credential, caller: narrowed }
    request.viewedAs = role.name
    request.logFields.viewedAs = role.name
    return undefined
  }
}

function roleIn(name: string | string[] | undefined, scopes: string | string[] = ''): ViewedRole | null {
  if (typeof name !== 'string' || typeof scopes !== 'string') return null
  if (!nameShape.test(name) || !scopesShape.test(scopes)) return null
  return { name, scopes: scopes.split(' ') }
}

/** Refuses all but queries to whoever looks through a role. */
export const onlyLookAsRole =
  (refusals: RefusalListener): Check =>
  ({ kind }, { viewedAs, caller, requestId, traceparent }) => {
    if (viewedAs === undefined || kind === 'query') return
    const error = new ForbiddenError(queriesOnly)
    refusals.refused({ caller, coordinate, code: error.code, reason: 'viewed as a role', requestId, traceparent })
    throw error
  }
