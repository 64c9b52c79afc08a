import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '#platform/caller/caller'
import { DomainError } from '#platform/errors/domain-error'
import type { Logger } from '#platform/log/logger'
import type { RefusalListener } from '#platform/refusals/refusal'
import { ApiKeyInvalidError } from '../errors/edge.errors.ts'
import { sendRefusal } from '../errors/send-refusal.ts'
import { refusedCredentials } from '../refusals/refused-credentials.ts'
import type { Authority } from './authority.ts'
import type { Credential } from './credential.ts'
import { identify } from './identify.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks. Set on routes behind `authenticateWith`. */
    caller: Caller | null
    /** What that rests on. Set with it. */
    credential: Credential | null
  }
}

/**
 * Makes an `onRequest` hook that says who asks. Without credentials that is nobody; credentials that are not valid refuse
 * the request and never fall through to nobody.
 *
 * @param authority null with AUTH=off: everyone is anonymous and nothing is verified
 */
export function authenticateWith(authority: Authority | null, refusals: RefusalListener, log: Logger) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const client = { address: request.ip, userAgent: userAgentOf(request) }
    try {
      const { authorization, 'x-api-key': apiKey } = request.headers
      const sent = { authorization, apiKey: apiKey === undefined ? undefined : String(apiKey) }
      const credential = await identify(sent, authority, client)
      const { caller } = credential
      request.credential = credential
      request.caller = caller
      if (caller.kind === 'anonymous') return undefined
      const { userId: callerId, organizationId, apiKeyId } = caller
      Object.assign(request.logFields, { callerId, organizationId, ...(apiKeyId === null ? {} : { apiKeyId }) })
      return undefined
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      log.info({ requestId: request.id, address: request.ip, err: error.cause ?? error }, 'token refused')
      if (error.refusal) refusals.refused(refusedCredentials(error, request, client))
      return sendRefusal(reply, error, error instanceof ApiKeyInvalidError ? 'Bearer' : 'Bearer error="invalid_token"')
    }
  }
}

const userAgentOf = ({ headers }: FastifyRequest) => headers['user-agent']?.slice(0, 200) ?? null
