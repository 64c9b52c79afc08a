import type { FastifyReply, FastifyRequest } from 'fastify'
import { anonymousCaller, type Caller } from '#platform/caller/caller'
import { InvalidInputError, UnauthenticatedError } from '#platform/errors/common-errors'
import { DomainError } from '#platform/errors/domain-error'
import type { Logger } from '#platform/log/logger'
import type { RefusalListener } from '#platform/refusals/refusal'
import { ApiKeyInvalidError, TokenRevokedError } from '../errors/edge.errors.ts'
import { sendRefusal } from '../errors/send-refusal.ts'
import { refusedCredentials } from '../refusals/refused-credentials.ts'
import { type ApiKeys, callerOfKey } from './api-keys/caller-of-key.ts'
import type { Client } from './api-keys/exchange-key.ts'
import type { Standing } from './api-keys/request-rate.ts'
import { callerOfToken } from './caller-of-token.ts'
import type { RevocationList } from './revocation-list.ts'
import { subjectsOf } from './subjects-of.ts'
import type { TrustedKeys } from './trusted-keys.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks. Set on routes behind `authenticateWith`. */
    caller: Caller | null
  }
}

/** Against what access tokens are checked. */
export interface Authority {
  readonly keys: TrustedKeys
  /** Issuer and audience of every token. */
  readonly issuer: string
  /** Null when the issuer keeps none that we could read. */
  readonly revocations: RevocationList | null
  /** Null when there is nobody to ask what a key stands for. */
  readonly apiKeys: ApiKeys | null
}

const bearer = /^Bearer +([\w-]+\.[\w-]+\.[\w-]*)$/i

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
      if (authority === null || (authorization === undefined && apiKey === undefined)) {
        request.caller = anonymousCaller(client.address, client.userAgent)
        return undefined
      }
      if (authorization !== undefined && apiKey !== undefined)
        throw new InvalidInputError('Send an access token or an API key, not both.')
      const caller =
        authorization === undefined
          ? await byKey(String(apiKey), authority, client, reply)
          : await byToken(authorization, authority, client)
      request.caller = caller
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

async function byToken(authorization: string, authority: Authority, client: Client): Promise<Caller> {
  const token = bearer.exec(authorization)?.[1]
  if (token === undefined) throw new UnauthenticatedError('Send an access token: Authorization: Bearer <token>.')
  const { caller, revision } = await callerOfToken(token, authority.keys, authority.issuer, client)
  if (authority.revocations?.isRevoked(subjectsOf(caller), revision) === true) throw new TokenRevokedError()
  return caller
}

async function byKey(text: string, { apiKeys }: Authority, client: Client, reply: FastifyReply): Promise<Caller> {
  if (apiKeys === null) throw new ApiKeyInvalidError()
  return callerOfKey(text, apiKeys, client, ({ limit, remaining, resetSeconds }: Standing) => {
    reply.headers({
      'x-ratelimit-limit': limit,
      'x-ratelimit-remaining': remaining,
      'x-ratelimit-reset': resetSeconds,
    })
  })
}

const userAgentOf = ({ headers }: FastifyRequest) => headers['user-agent']?.slice(0, 200) ?? null
