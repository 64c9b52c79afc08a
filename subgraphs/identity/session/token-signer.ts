import { importJWK, type JWK, SignJWT } from 'jose'
import { newId } from '#platform/id'

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

/** Signs access tokens: JWTs by RFC 9068 with EdDSA. The private key never leaves this object. */
export class TokenSigner {
  readonly #privateJwk: JWK
  readonly #issuer: string
  readonly publicJwk: JWK

  constructor(privateJwk: JWK, issuer: string) {
    const { d: _private, ...rest } = privateJwk
    this.#privateJwk = privateJwk
    this.#issuer = issuer
    this.publicJwk = { ...rest, alg: 'EdDSA', use: 'sig' }
  }

  async sign(claims: AccessClaims, lifetimeSeconds: number): Promise<string> {
    const key = await importJWK(this.#privateJwk, 'EdDSA')
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
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: this.#privateJwk.kid ?? '' })
      .setIssuer(this.#issuer)
      .setAudience(this.#issuer)
      .setSubject(claims.userId)
      .setJti(newId())
      .setIssuedAt()
      .setExpirationTime(`${lifetimeSeconds}s`)
      .sign(key)
  }
}
