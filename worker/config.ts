import { type ProcessConfig, processConfig, processVariables } from '#platform/config/process.config'
import { type Environment, readConfig } from '#platform/config/read-config'
import { durationMs, httpUrl, key, port, postgresUrl, redisUrl } from '#platform/config/units'
import {
  type IntegrationsPartsConfig,
  integrationsPartsConfig,
  integrationsPartsVariables,
} from '../subgraphs/integrations/jobs.ts'

export const workerVariables = {
  ...processVariables,
  ...integrationsPartsVariables,
  WORKER_PORT: port(4005),
  REDIS_URL: redisUrl(),
  AGENTS_DATABASE_URL: postgresUrl(),
  INTEGRATIONS_DATABASE_URL: postgresUrl(),
  AUDIT_DATABASE_URL: postgresUrl(),
  RELAY_DATABASE_URL: postgresUrl(),
  SWEEP_DATABASE_URL: postgresUrl(),
  IDENTITY_URL: httpUrl(),
  WORKER_REQUEST_KEY: key(),
  RUN_LEASE_MS: durationMs(30_000),
}

export interface WorkerConfig extends ProcessConfig, IntegrationsPartsConfig {
  readonly port: number
  readonly redisUrl: string
  readonly databaseUrls: {
    readonly agents: string
    readonly integrations: string
    readonly audit: string
    readonly relay: string
    readonly sweep: string
  }
  /** Where run tokens come from. */
  readonly identityUrl: string
  readonly requestKey: Uint8Array
  /** How long a run belongs to a worker that has not been heard of. */
  readonly runLeaseMs: number
}

export function workerConfig(environment: Environment): WorkerConfig {
  const v = readConfig(workerVariables, environment)
  return {
    ...processConfig(v),
    // Nobody sends it requests that could go elsewhere: it stops taking work at once.
    shutdownDelayMs: 0,
    ...integrationsPartsConfig(v),
    port: v.WORKER_PORT,
    redisUrl: v.REDIS_URL,
    databaseUrls: {
      agents: v.AGENTS_DATABASE_URL,
      integrations: v.INTEGRATIONS_DATABASE_URL,
      audit: v.AUDIT_DATABASE_URL,
      relay: v.RELAY_DATABASE_URL,
      sweep: v.SWEEP_DATABASE_URL,
    },
    identityUrl: v.IDENTITY_URL,
    requestKey: v.WORKER_REQUEST_KEY,
    runLeaseMs: v.RUN_LEASE_MS,
  }
}
