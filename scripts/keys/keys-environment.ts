import { join } from 'node:path'
import { type Environment, readConfig } from '#platform/config/read-config'
import { identityVariables } from '../../subgraphs/identity/config.ts'
import { readIfPresent } from '../local/atomic-file.ts'
import { urlOfRole } from '../local/environment.ts'
import type { Secrets } from '../local/secrets.ts'

const { IDENTITY_DATABASE_URL, IDENTITY_SECRETS_KEY, SIGNING_KEY_DAYS } = identityVariables

/**
 * What changing signing keys takes of identity's variables. Where none of them is set, those of the house that `make up`
 * made in `FORGEOPS_HOME` count.
 *
 * @throws ConfigError naming what is missing
 */
export function keysConfig(environment: Environment) {
  const v = readConfig(
    { IDENTITY_DATABASE_URL, IDENTITY_SECRETS_KEY, SIGNING_KEY_DAYS },
    { ...environment, ...houseVariables(environment) },
  )
  return { databaseUrl: v.IDENTITY_DATABASE_URL, secretsKey: v.IDENTITY_SECRETS_KEY, days: v.SIGNING_KEY_DAYS }
}

function houseVariables({ FORGEOPS_HOME = '.forgeops', ...environment }: Environment): Environment {
  const given = environment.IDENTITY_DATABASE_URL || environment.IDENTITY_SECRETS_KEY
  const secretsFile = readIfPresent(join(FORGEOPS_HOME, 'secrets.json'))
  if (given || secretsFile === undefined) return {}
  const { identitySecretsKey, rolePasswords } = JSON.parse(secretsFile) as Secrets
  const database = environment.DATABASE_URL || databaseOf(FORGEOPS_HOME)
  return {
    IDENTITY_SECRETS_KEY: identitySecretsKey,
    IDENTITY_DATABASE_URL:
      database === undefined ? '' : urlOfRole(database, 'forgeops_identity', rolePasswords.forgeops_identity),
  }
}

function databaseOf(home: string): string | undefined {
  const file = readIfPresent(join(home, 'postgres.json'))
  return file === undefined ? undefined : `postgres://127.0.0.1:${JSON.parse(file).port}/forgeops`
}
