import type { JWK } from 'jose'
import { z } from 'zod'
import { processConfig, processVariables } from '#platform/config/process.config'
import { type Environment, readConfig } from '#platform/config/read-config'
import { httpUrl, key, port, postgresUrl, sealingKey } from '#platform/config/units'
import type { SubgraphConfig } from '#platform/subgraph/define'

const privateJwk = z.string().transform((text, ctx): JWK => {
  try {
    const jwk = JSON.parse(text) as JWK
    if (jwk.kty === 'OKP' && jwk.crv === 'Ed25519' && jwk.d !== undefined && jwk.kid !== undefined) return jwk
  } catch {}
  ctx.addIssue({ code: 'custom', message: 'must be a private Ed25519 key as JWK (JSON) with a kid' })
  return z.NEVER
})

export const identityVariables = {
  ...processVariables,
  IDENTITY_PORT: port(4001),
  IDENTITY_DATABASE_URL: postgresUrl(),
  IDENTITY_REQUEST_KEY: key(),
  IDENTITY_SECRETS_KEY: sealingKey(),
  TOKEN_SIGNING_KEY: privateJwk,
  WORKER_REQUEST_KEY: key(),
  PUBLIC_URL: httpUrl(),
}

export interface IdentityConfig extends SubgraphConfig {
  /** 32 bytes: seals what identity must keep and be able to read again, such as signing keys and second factors. */
  readonly secretsKey: Buffer
  readonly signingKey: JWK
  /** Issuer and audience of access tokens: the public URL. */
  readonly issuer: string
  /** Verifies the worker's requests for run tokens. */
  readonly workerRequestKey: Uint8Array
}

export function identityConfig(environment: Environment): IdentityConfig {
  const v = readConfig(identityVariables, environment)
  return {
    ...processConfig(v),
    port: v.IDENTITY_PORT,
    databaseUrl: v.IDENTITY_DATABASE_URL,
    requestKey: v.IDENTITY_REQUEST_KEY,
    secretsKey: v.IDENTITY_SECRETS_KEY,
    signingKey: v.TOKEN_SIGNING_KEY,
    workerRequestKey: v.WORKER_REQUEST_KEY,
    issuer: v.PUBLIC_URL,
  }
}
