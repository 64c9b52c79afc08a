import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { fillEnvFile } from './env-file.ts'
import { applicationRoles, generateSecrets, subgraphNames } from './local/secrets.ts'

/**
 * The values of docker-compose.yml's secrets, made anew: keys, passwords, and the URLs that hold them. Passwords are
 * base64url, which needs no escaping in a URL.
 */
export function composeSecrets(): Record<string, string> {
  const { requestKeys, rolePasswords, ...keys } = generateSecrets()
  const password = () => randomBytes(24).toString('base64url')
  const as = (role: string, secret: string) => `postgres://${role}:${secret}@postgres:5432/forgeops`
  const perRole = applicationRoles.map((role) => [
    `${role.replace('forgeops_', '').toUpperCase()}_DATABASE_URL`,
    as(role, rolePasswords[role]),
  ])
  return {
    ...Object.fromEntries(perRole),
    ...Object.fromEntries(subgraphNames.map((name) => [`${name.toUpperCase()}_REQUEST_KEY`, requestKeys[name]])),
    WORKER_REQUEST_KEY: keys.workerRequestKey,
    IDENTITY_SECRETS_KEY: keys.identitySecretsKey,
    CONNECTION_SECRETS_KEY: keys.connectionSecretsKey,
    DATABASE_URL: as('forgeops_owner', password()),
    REDIS_URL: `redis://:${password()}@redis:6379`,
  }
}

/** Writes `.env` (mode 0600) for docker-compose.yml; one that is there stays as it is. */
if (import.meta.main) {
  try {
    writeFileSync('.env', fillEnvFile(readFileSync('.env.example', 'utf8'), composeSecrets()), {
      mode: 0o600,
      flag: 'wx',
    })
    console.log('Wrote .env. Set PUBLIC_URL in it to where clients reach the gateway.')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    console.error('There is a .env already: move it away first, for its secrets cannot be made again.')
    process.exitCode = 1
  }
}
