import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import { createFileOnce, readIfPresent } from './atomic-file.ts'

export const subgraphNames = ['identity', 'agents', 'integrations', 'audit'] as const
export type SubgraphName = (typeof subgraphNames)[number]

/** The roles that processes connect as; the owner's password is PostgreSQL's own (postgres.ts). */
export const applicationRoles = [
  'forgeops_identity',
  'forgeops_agents',
  'forgeops_integrations',
  'forgeops_audit',
  'forgeops_relay',
  'forgeops_sweep',
] as const
export type ApplicationRole = (typeof applicationRoles)[number]

/** Development's own secrets. Keys are base64 of 32 random bytes; the signing key is a private Ed25519 JWK as JSON. */
export interface Secrets {
  readonly requestKeys: Readonly<Record<SubgraphName, string>>
  readonly workerRequestKey: string
  readonly tokenSigningKey: string
  readonly connectionSecretsKey: string
  readonly rolePasswords: Readonly<Record<ApplicationRole, string>>
}

/** Reads the secrets of a home, made the first time in `<home>/secrets.json` (0600); two starters get the same. */
export async function readOrCreateSecrets(home: string): Promise<Secrets> {
  const path = join(home, 'secrets.json')
  const present = readIfPresent(path)
  if (present !== undefined) return JSON.parse(present) as Secrets
  const fresh = await generateSecrets()
  return JSON.parse(createFileOnce(path, () => `${JSON.stringify(fresh, undefined, 2)}\n`)) as Secrets
}

export async function generateSecrets(): Promise<Secrets> {
  return {
    requestKeys: { identity: key(), agents: key(), integrations: key(), audit: key() },
    workerRequestKey: key(),
    tokenSigningKey: await signingKey(),
    connectionSecretsKey: key(),
    rolePasswords: {
      forgeops_identity: password(),
      forgeops_agents: password(),
      forgeops_integrations: password(),
      forgeops_audit: password(),
      forgeops_relay: password(),
      forgeops_sweep: password(),
    },
  }
}

const key = () => randomBytes(32).toString('base64')
const password = () => randomBytes(24).toString('base64url')

/** An Ed25519 key named by its own thumbprint (RFC 7638), so that a rotated key never shares a name with the last. */
async function signingKey(): Promise<string> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const jwk = await exportJWK(privateKey)
  return JSON.stringify({ ...jwk, alg: 'EdDSA', use: 'sig', kid: await calculateJwkThumbprint(jwk) })
}
