import type { ApplicationRole, Secrets, SubgraphName } from './secrets.ts'
import { subgraphNames } from './secrets.ts'

export type Environment = Readonly<Record<string, string>>

export interface HousePorts extends Readonly<Record<SubgraphName, number>> {
  readonly gateway: number
  readonly ops: number
  readonly worker: number
}

export interface HouseParts {
  readonly secrets: Secrets
  readonly ports: HousePorts
  /** The owner role's. */
  readonly databaseUrl: string
  readonly redisUrl: string
  /** What a person sets by hand wins over what development makes. */
  readonly overrides?: Environment
}

/** All who use a development house share one address and few accounts. The limits are there, only far away. */
const manyPerMinute = '100000'

/** The one environment of a development house, from which the six processes, `migrate` and `seed` read their own parts. */
export function environmentFor({ secrets, ports, databaseUrl, redisUrl, overrides = {} }: HouseParts): Environment {
  const publicUrl = overrides.PUBLIC_URL ?? `http://localhost:${ports.gateway}/api`
  const at = (name: SubgraphName) => `http://127.0.0.1:${ports[name]}`
  const as = (role: ApplicationRole) => urlOfRole(databaseUrl, role, secrets.rolePasswords[role])
  const perSubgraph = subgraphNames.flatMap((name) => {
    const prefix = name.toUpperCase()
    return [
      [`${prefix}_PORT`, String(ports[name])],
      [`${prefix}_DATABASE_URL`, as(`forgeops_${name}`)],
      [`${prefix}_REQUEST_KEY`, secrets.requestKeys[name]],
    ]
  })
  return {
    ENVIRONMENT: 'development',
    HOST: '127.0.0.1',
    PUBLIC_URL: publicUrl,
    PORT: String(ports.gateway),
    OPS_PORT: String(ports.ops),
    SUBGRAPH_URLS: subgraphNames.map((name) => `${name}=${at(name)}/graphql`).join(','),
    SUBGRAPH_KEYS: subgraphNames.map((name) => `${name}=${secrets.requestKeys[name]}`).join(','),
    JWKS_URL: `${at('identity')}/.well-known/jwks.json`,
    REFUSALS_SUBGRAPH: 'audit',
    RATE_LIMIT_PER_ADDRESS: manyPerMinute,
    RATE_LIMIT_PER_USER: manyPerMinute,
    RATE_LIMIT_PER_ORGANIZATION: manyPerMinute,
    ...Object.fromEntries(perSubgraph),
    IDENTITY_URL: at('identity'),
    IDENTITY_SECRETS_KEY: secrets.identitySecretsKey,
    WORKER_REQUEST_KEY: secrets.workerRequestKey,
    CONNECTION_SECRETS_KEY: secrets.connectionSecretsKey,
    WORKER_PORT: String(ports.worker),
    GATEWAY_URL: `http://127.0.0.1:${ports.gateway}${new URL(publicUrl).pathname.replace(/\/$/, '')}/graphql`,
    REDIS_URL: redisUrl,
    RELAY_DATABASE_URL: as('forgeops_relay'),
    SWEEP_DATABASE_URL: as('forgeops_sweep'),
    DATABASE_URL: databaseUrl,
    ...overrides,
  }
}

/** The same database, reached as another role. */
export function urlOfRole(databaseUrl: string, role: string, password: string): string {
  const url = new URL(databaseUrl)
  url.username = role
  url.password = password
  return url.href
}

const holders: Readonly<Record<string, readonly string[]>> = {
  DATABASE_URL: [],
  IDENTITY_SECRETS_KEY: ['identity'],
  SMTP_URL: ['identity'],
  SUBGRAPH_KEYS: ['gateway'],
  WORKER_REQUEST_KEY: ['identity', 'worker'],
  CONNECTION_SECRETS_KEY: ['integrations', 'worker'],
  REDIS_URL: ['gateway', 'worker'],
  RELAY_DATABASE_URL: ['worker'],
  SWEEP_DATABASE_URL: ['worker'],
  IDENTITY_REQUEST_KEY: ['identity'],
  AGENTS_REQUEST_KEY: ['agents'],
  INTEGRATIONS_REQUEST_KEY: ['integrations'],
  AUDIT_REQUEST_KEY: ['audit'],
  IDENTITY_DATABASE_URL: ['identity'],
  AGENTS_DATABASE_URL: ['agents', 'worker'],
  INTEGRATIONS_DATABASE_URL: ['integrations', 'worker'],
  AUDIT_DATABASE_URL: ['audit', 'worker'],
}

/**
 * What one process gets of the environment: every setting, and those secrets only that it holds in production too, so
 * that a process which reaches for another's fails on the developer's machine first.
 */
export function shareOf(environment: Environment, processName: string): Environment {
  const own = ([name]: [string, string]) => holders[name]?.includes(processName) ?? true
  return Object.fromEntries(Object.entries(environment).filter(own))
}
