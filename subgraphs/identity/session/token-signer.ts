import { SignJWT } from 'jose'
import { newId } from '#platform/id'
import type { KeyRing } from '../signing-key/key-ring.ts'

export const accessTokenSeconds = 15 * 60

export interface AccessClaims {
  readonly userId: string
  readonly organizationId: string
  readonly roles: readonly string[]
  readonly scopes: readonly string[]
  readonly sessionId: string | null
  /** The line of the revocation list at which the rights were read. */
  readonly revision: number
  /** When and how the user last proved who they are (RFC 9068 §2.2.1); not set when a person did not. */
  readonly authenticated?: { readonly at: Date; readonly methods: readonly string[] }
  /** Set when an agent acts for the user: RFC 8693 §4.1. */
  readonly agentId?: string
  readonly runId?: string
}

/** Signs access tokens: JWTs by RFC 9068 with EdDSA, by the key that is active now. */
export class TokenSigner {
  readonly #keys: Pick<KeyRing, 'active'>
  readonly #issuer: string

  constructor(keys: Pick<KeyRing, 'active'>, issuer: string) {
    this.#keys = keys
    this.#issuer = issuer
  }

  /** @throws RangeError for a lifetime that its key might not outlive; SigningKeysUnavailableError */
  async sign(claims: AccessClaims, lifetimeSeconds: number): Promise<string> {
    if (lifetimeSeconds > accessTokenSeconds) throw new RangeError('a token must end before its retired key does')
    const { kid, key } = await this.#keys.active()
    return new SignJWT({
      client_id: 'forgeops',
      org: claims.organizationId,
      scope: claims.scopes.join(' '),
      roles: claims.roles,
      rev: claims.revision,
      ...(claims.authenticated === undefined
        ? {}
        : {
            auth_time: Math.floor(claims.authenticated.at.getTime() / 1000),
            amr: claims.authenticated.methods,
          }),
      ...(claims.sessionId === null ? {} : { sid: claims.sessionId }),
      ...(claims.agentId === undefined ? {} : { act: { sub: claims.agentId } }),
      ...(claims.runId === undefined ? {} : { run: claims.runId }),
    })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid })
      .setIssuer(this.#issuer)
      .setAudience(this.#issuer)
      .setSubject(claims.userId)
      .setJti(newId())
      .setIssuedAt()
      .setExpirationTime(`${lifetimeSeconds}s`)
      .sign(key)
  }
}
