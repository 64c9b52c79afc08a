import { availableParallelism } from 'node:os'
import ipaddr from 'ipaddr.js'
import { z } from 'zod'
import { type ProcessConfig, processConfig, processVariables } from '#platform/config/process.config'
import { ConfigError, type Environment, readConfig } from '#platform/config/read-config'
import {
  count,
  countOrOff,
  durationMs,
  httpUrl,
  key,
  list,
  milliseconds,
  namedList,
  onOff,
  port,
  redisUrl,
} from '#platform/config/units'
import { type CacheSettings, cacheSettings, cacheVariables } from './cache/settings.ts'
import type { SubgraphLimits } from './execution/subgraph-client.ts'
import { limitList } from './operations/limits/limit-list.ts'
import type { OperationLimits } from './operations/limits/operation-limits.ts'
import { type SubscriptionSettings, subscriptionSettings, subscriptionVariables } from './subscriptions/settings.ts'
import type { RateLimits } from './traffic/rate-limits/request-limits.ts'

const publicUrl = () =>
  httpUrl().refine((text) => {
    if (!URL.canParse(text)) return true
    const { pathname, search, hash } = new URL(text)
    return /^(\/[\w.~-]+)*\/?$/.test(pathname) && search === '' && hash === ''
  }, 'must have a plain path and neither query nor fragment')

const workers = () =>
  z
    .string()
    .regex(/^([1-9]|[1-5]\d|6[0-4]|auto)$/, 'must be auto or a number from 1 to 64')
    .transform((text) => (text === 'auto' ? text : Number(text)))
    .default(1)

export const gatewayVariables = {
  ...processVariables,
  PUBLIC_URL: publicUrl().default('http://localhost:4000/api'),
  PORT: port(4000),
  OPS_PORT: port(9464),
  SUPERGRAPH_PATH: z.string().default('gateway/supergraph.graphql'),
  SUPERGRAPH_POLL_MS: countOrOff(2_000, 3_600_000),
  AUTH: onOff().default(true),
  PLAYGROUND: onOff().optional(),
  TRUSTED_PROXIES: list().refine(
    (items) => items.every((item) => ipaddr.isValid(item) || ipaddr.isValidCIDR(item)),
    'must be a list of addresses or CIDR ranges',
  ),
  SUBGRAPH_URLS: namedList(httpUrl()),
  SUBGRAPH_KEYS: namedList(key()),
  SUBGRAPH_TIMEOUT_MS: durationMs(10_000),
  SUBGRAPH_TIMEOUTS: namedList(milliseconds()),
  SUBGRAPH_CONNECTIONS: count(64, 10_000),
  SUBGRAPH_QUEUE: count(512, 100_000),
  OPERATION_TIMEOUT_MS: durationMs(25_000),
  DEDUPLICATE: onOff().default(true),
  ...cacheVariables,
  JWKS_URL: httpUrl(),
  GATEWAY_STATE_DIR: z.string().optional(),
  ISSUER_SUBGRAPH: z.string().default('identity'),
  REFUSALS_SUBGRAPH: z.string().optional(),
  REDIS_URL: redisUrl().optional(),
  GATEWAY_WORKERS: workers(),
  RATE_LIMIT_PER_ADDRESS: countOrOff(1_000),
  RATE_LIMIT_PER_USER: countOrOff(300),
  RATE_LIMIT_PER_ORGANIZATION: countOrOff(5_000),
  CLIENTS_PATH: z.string().optional(),
  PERSISTED_QUERIES: onOff().default(true),
  ...subscriptionVariables,
  OPERATION_LIMITS: limitList(),
  LIST_SIZE_ASSUMED: count(5),
}

export interface GatewayConfig extends ProcessConfig {
  /** Where clients reach the gateway; issuer and audience of the access tokens it accepts. */
  readonly publicUrl: string
  /** The path of `publicUrl` without a trailing slash: `/api`, or empty. Every route hangs below it. */
  readonly basePath: string
  readonly port: number
  readonly opsPort: number
  readonly supergraphPath: string
  /** How often the supergraph file is looked at; null never. */
  readonly supergraphPollMs: number | null
  /** Where the token verification keys come from; null with AUTH=off: nobody is asked who they are. */
  readonly jwksUrl: string | null
  /** The subgraph that issues tokens: its key signs what we ask at the origin of `jwksUrl`. */
  readonly issuerSubgraph: string
  /** Where the gateway keeps what should outlive it; null when nowhere. */
  readonly stateFolder: string | null
  readonly playground: boolean
  readonly trustedProxies: readonly string[]
  /** Routing urls by subgraph name, in place of those in the supergraph. */
  readonly subgraphUrls: ReadonlyMap<string, string>
  /** Signing keys by subgraph name. */
  readonly subgraphKeys: ReadonlyMap<string, Uint8Array>
  readonly subgraphLimits: SubgraphLimits
  /** In place of `subgraphLimits.timeoutMs`, by subgraph name. */
  readonly subgraphTimeouts: ReadonlyMap<string, number>
  /** How many fetches may wait for a connection to one subgraph. */
  readonly subgraphQueueMax: number
  /** Within how long an operation is answered, with what there is by then. */
  readonly operationTimeoutMs: number
  /** Whether equal reads at the same time are one. */
  readonly deduplicate: boolean
  /** Null when no answers are kept. */
  readonly cache: CacheSettings | null
  /** Which subgraph keeps refusals; null when they are logged only. */
  readonly refusalsSubgraph: string | null
  /** Where gateways keep what they share; null when each is for itself. */
  readonly redisUrl: string | null
  readonly rateLimits: RateLimits
  /** Processes behind the one port. */
  readonly workers: number
  /** Where the clients' profiles and operations are; null when there are none. */
  readonly clientsFolder: string | null
  /** Whether clients may send the hash of a text that they sent before, in place of the text. */
  readonly persistedQueries: boolean
  /** Null when none are served. */
  readonly subscriptions: SubscriptionSettings | null
  /** The limits of operations that are other than by default. */
  readonly operationLimits: Partial<OperationLimits>
  /** How long a list is taken to be of which the supergraph says nothing. */
  readonly listSizeAssumed: number
}

/**
 * AUTH=off is refused where ENVIRONMENT says production. Where it says nothing the gateway then calls itself one for
 * development, and keeps the defaults of production: no playground, and time to be taken out of service.
 *
 * @throws ConfigError naming all faults together
 */
export function gatewayConfig(environment: Environment): GatewayConfig {
  const authOff = environment.AUTH === 'off'
  const v = readConfig(
    { ...gatewayVariables, JWKS_URL: authOff ? httpUrl().optional() : gatewayVariables.JWKS_URL },
    environment,
  )
  if (authOff && environment.ENVIRONMENT === 'production')
    throw new ConfigError(['AUTH=off is not for ENVIRONMENT=production: nobody would be asked who they are.'])
  if (v.REFUSALS_SUBGRAPH !== undefined && !v.SUBGRAPH_KEYS.has(v.REFUSALS_SUBGRAPH))
    throw new ConfigError(['REFUSALS_SUBGRAPH names a subgraph that has no key in SUBGRAPH_KEYS.'])
  return {
    ...processConfig(v),
    environment: authOff ? 'development' : v.ENVIRONMENT,
    publicUrl: v.PUBLIC_URL,
    basePath: new URL(v.PUBLIC_URL).pathname.replace(/\/$/, ''),
    port: v.PORT,
    opsPort: v.OPS_PORT,
    supergraphPath: v.SUPERGRAPH_PATH,
    supergraphPollMs: v.SUPERGRAPH_POLL_MS,
    jwksUrl: authOff ? null : (v.JWKS_URL ?? null),
    issuerSubgraph: v.ISSUER_SUBGRAPH,
    stateFolder: v.GATEWAY_STATE_DIR ?? null,
    playground: v.PLAYGROUND ?? v.ENVIRONMENT === 'development',
    trustedProxies: v.TRUSTED_PROXIES,
    subgraphUrls: v.SUBGRAPH_URLS,
    subgraphKeys: v.SUBGRAPH_KEYS,
    subgraphLimits: {
      timeoutMs: v.SUBGRAPH_TIMEOUT_MS,
      connectionsMax: v.SUBGRAPH_CONNECTIONS,
      responseBytesMax: 16_000_000,
    },
    subgraphTimeouts: v.SUBGRAPH_TIMEOUTS,
    subgraphQueueMax: v.SUBGRAPH_QUEUE,
    operationTimeoutMs: v.OPERATION_TIMEOUT_MS,
    deduplicate: v.DEDUPLICATE,
    cache: cacheSettings(v),
    refusalsSubgraph: v.REFUSALS_SUBGRAPH ?? null,
    redisUrl: v.REDIS_URL ?? null,
    workers: v.GATEWAY_WORKERS === 'auto' ? availableParallelism() : v.GATEWAY_WORKERS,
    rateLimits: {
      perAddress: v.RATE_LIMIT_PER_ADDRESS,
      perUser: v.RATE_LIMIT_PER_USER,
      perOrganization: v.RATE_LIMIT_PER_ORGANIZATION,
    },
    // Ours go with our own supergraph: over another one they would all be faulty.
    clientsFolder: v.CLIENTS_PATH ?? (environment.SUPERGRAPH_PATH ? null : 'clients'),
    persistedQueries: v.PERSISTED_QUERIES,
    subscriptions: subscriptionSettings(v),
    operationLimits: v.OPERATION_LIMITS,
    listSizeAssumed: v.LIST_SIZE_ASSUMED,
  }
}
