import { jwtVerify } from 'jose'
import { z } from 'zod'
import type { Caller } from '#platform/caller/caller'
import { UnauthenticatedError } from '#platform/errors/common-errors'
import { SubgraphUnavailableError } from '../errors/edge.errors.ts'
import type { Credential } from './credential.ts'
import { subjectsOf } from './subjects-of.ts'
import type { TrustedKeys } from './trusted-keys.ts'

const clockSkewSeconds = 5

const claims = z.object({
  sub: z.string().min(1),
  org: z.string().min(1),
  scope: z.string().default(''),
  roles: z.array(z.string()).default([]),
  sid: z.string().min(1).optional(),
  act: z.object({ sub: z.string().min(1) }).optional(),
  run: z.string().min(1).optional(),
  client_id: z.string().min(1).optional(),
  azp: z.string().min(1).optional(),
  auth_time: z.number().int().optional(),
  rev: z.number().int().nonnegative().default(0),
  exp: z.number(),
})

/**
 * Who an access token speaks for (RFC 9068: `typ` at+jwt; pinned to EdDSA, and to one issuer that is the audience too).
 *
 * @param client the client's address as the edge saw it, and what it says it is
 * @throws UnauthenticatedError for any token that is not valid now; SubgraphUnavailableError when there are no keys
 */
export async function callerOfToken(
  token: string,
  keys: TrustedKeys,
  issuer: string,
  client: Pick<Caller, 'address' | 'userAgent'>,
): Promise<Credential> {
  try {
    const { payload } = await jwtVerify(token, keys.find, {
      algorithms: ['EdDSA'],
      typ: 'at+jwt',
      issuer,
      audience: issuer,
      clockTolerance: clockSkewSeconds,
      requiredClaims: ['exp', 'iat'],
    })
    const { sub, org, scope, roles, sid, act, run, auth_time, rev, exp, client_id, azp } = claims.parse(payload)
    const clientId = client_id ?? azp
    const caller: Caller = {
      kind: 'user',
      userId: sub,
      organizationId: org,
      scopes: scope.split(' ').filter((s) => s !== ''),
      roles,
      sessionId: sid ?? null,
      apiKeyId: null,
      authTime: auth_time ?? null,
      agentId: act?.sub ?? null,
      runId: run ?? null,
      ...(clientId === undefined ? {} : { clientId }),
      ...client,
    }
    const endsAt = (exp + clockSkewSeconds) * 1000
    return { caller, subjects: [...subjectsOf(caller)], revision: rev, endsAt, requestsPerMinute: null }
  } catch (cause) {
    if (cause instanceof SubgraphUnavailableError) throw cause
    throw new UnauthenticatedError('The access token is not valid. Sign in again.', { cause })
  }
}
