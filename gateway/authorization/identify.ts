import { anonymousCaller } from '#platform/caller/caller'
import { InvalidInputError, UnauthenticatedError } from '#platform/errors/common-errors'
import { ApiKeyInvalidError, TokenRevokedError } from '../errors/edge.errors.ts'
import { callerOfKey } from './api-keys/caller-of-key.ts'
import type { Client } from './api-keys/exchange-key.ts'
import type { Authority } from './authority.ts'
import { callerOfToken } from './caller-of-token.ts'
import type { Credential } from './credential.ts'

/** What a client sends to say who it is; undefined where it sends nothing. */
export interface SentCredentials {
  /** As an `Authorization` header has it. */
  readonly authorization: string | undefined
  readonly apiKey: string | undefined
}

const bearer = /^Bearer +([\w-]+\.[\w-]+\.[\w-]*)$/i

/**
 * Says who asks. Without credentials that is nobody; credentials that are not valid never fall through to nobody.
 *
 * @param authority null with AUTH=off: everyone is anonymous and nothing is verified
 * @throws DomainError UNAUTHENTICATED, BAD_USER_INPUT for two credentials at once, RATE_LIMITED for too many
 *   wrong keys, or SUBGRAPH_UNAVAILABLE when nobody can say whether they are valid
 */
export async function identify(
  { authorization, apiKey }: SentCredentials,
  authority: Authority | null,
  client: Client,
): Promise<Credential> {
  if (authority === null || (authorization === undefined && apiKey === undefined)) return nobody(client)
  if (authorization !== undefined && apiKey !== undefined)
    throw new InvalidInputError('Send an access token or an API key, not both.')
  if (authorization !== undefined) return byToken(authorization, authority, client)
  if (authority.apiKeys === null) throw new ApiKeyInvalidError()
  return callerOfKey(apiKey ?? '', authority.apiKeys, client)
}

/** The credential of whoever shows none. */
export const nobody = ({ address, userAgent }: Client): Credential => ({
  caller: anonymousCaller(address, userAgent),
  subjects: [],
  revision: 0,
  endsAt: Number.POSITIVE_INFINITY,
  requestsPerMinute: null,
})

async function byToken(authorization: string, authority: Authority, client: Client): Promise<Credential> {
  const token = bearer.exec(authorization)?.[1]
  if (token === undefined) throw new UnauthenticatedError('Send an access token: Authorization: Bearer <token>.')
  const credential = await callerOfToken(token, authority.keys, authority.issuer, client)
  if (authority.revocations?.isRevoked(credential.subjects, credential.revision) === true) throw new TokenRevokedError()
  return credential
}
