import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose'

export interface TokenOptions {
  readonly claims?: Record<string, unknown>
  readonly header?: {
    readonly alg?: string
    readonly typ?: string | undefined
    readonly kid?: string
    readonly jwk?: JWK
    readonly jku?: string
  }
  /** Seconds from now. */
  readonly expiresIn?: number
  readonly key?: CryptoKey | Uint8Array
}

export interface TokenIssuer {
  readonly jwksUrl: string
  /** How often the keys were read. */
  readonly reads: () => number
  /** Whether the key address answers; when not, it says 503. */
  up: boolean
  /** Signs with a new key from now on, and publishes it beside the old ones. */
  rotate(): Promise<void>
  /** What is published, oldest first; a key taken out is published no more. */
  readonly published: JWK[]
  /** An access token, valid unless told otherwise. */
  token(options?: TokenOptions): Promise<string>
  close(): Promise<void>
}

/** Stands in for identity: a signing key, access tokens made with it, and the address of its public keys. */
export async function openTokenIssuer(issuer: string): Promise<TokenIssuer> {
  const published: JWK[] = []
  let signing = await newKey(published)
  let reads = 0
  const server = createServer((_request, reply) => {
    reads += 1
    reply.writeHead(open.up ? 200 : 503).end(JSON.stringify({ keys: published }))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const open: TokenIssuer = {
    jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/.well-known/jwks.json`,
    reads: () => reads,
    up: true,
    published,
    rotate: async () => {
      signing = await newKey(published)
    },
    token: async ({ claims = {}, header = {}, expiresIn = 300, key = signing.privateKey } = {}) => {
      const now = Math.floor(Date.now() / 1000)
      const all = { iss: issuer, aud: issuer, sub: 'user-1', org: 'organization-1', sid: 'session-1', iat: now }
      return new SignJWT({ ...all, exp: now + expiresIn, ...claims })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: signing.kid, ...header } as JWTHeaderParameters)
        .sign(key)
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
  return open
}

async function newKey(published: JWK[]) {
  const kid = `key-${published.length + 1}`
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  published.push({ ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'EdDSA' })
  return { kid, privateKey }
}
