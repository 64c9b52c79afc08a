import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { createFileOnce, readIfPresent, replaceFile } from './atomic-file.ts'

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

/** Development's own secrets. Keys are base64 of 32 random bytes. */
export interface Secrets {
  readonly requestKeys: Readonly<Record<SubgraphName, string>>
  readonly workerRequestKey: string
  readonly identitySecretsKey: string
  readonly connectionSecretsKey: string
  readonly rolePasswords: Readonly<Record<ApplicationRole, string>>
}

/**
 * Reads the secrets of a home, made the first time in `<home>/secrets.json` (0600); two starters get the same. A home of
 * an older version gets those that it lacks, keeps what it has, and loses what is of no use any more.
 */
export function readOrCreateSecrets(home: string): Secrets {
  const path = join(home, 'secrets.json')
  const present = readIfPresent(path)
  const fresh = generateSecrets()
  if (present !== undefined) return completed(path, JSON.parse(present), fresh)
  return JSON.parse(createFileOnce(path, () => textOf(fresh))) as Secrets
}

function completed(path: string, known: Partial<Secrets>, fresh: Secrets): Secrets {
  const rolePasswords = { ...fresh.rolePasswords, ...known.rolePasswords }
  const requestKeys = { ...fresh.requestKeys, ...known.requestKeys }
  const all = Object.entries({ ...fresh, ...known, rolePasswords, requestKeys })
  // What no process reads any more must not lie about.
  const secrets = Object.fromEntries(all.filter(([name]) => name in fresh)) as unknown as Secrets
  // The starter holds the claim of its home, so nobody else completes it at the same time.
  if (!isDeepStrictEqual(secrets, known)) replaceFile(path, textOf(secrets))
  return secrets
}

const textOf = (secrets: Secrets) => `${JSON.stringify(secrets, undefined, 2)}\n`

export function generateSecrets(): Secrets {
  return {
    requestKeys: { identity: key(), agents: key(), integrations: key(), audit: key() },
    workerRequestKey: key(),
    identitySecretsKey: key(),
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
