import { processConfig, processVariables } from '#platform/config/process.config'
import { type Environment, readConfig } from '#platform/config/read-config'
import { key, port, postgresUrl } from '#platform/config/units'
import type { SubgraphConfig } from '#platform/subgraph/define'
import { type IntegrationsPartsConfig, integrationsPartsConfig, integrationsPartsVariables } from './parts.config.ts'

export const integrationsVariables = {
  ...processVariables,
  ...integrationsPartsVariables,
  INTEGRATIONS_PORT: port(4003),
  INTEGRATIONS_DATABASE_URL: postgresUrl(),
  INTEGRATIONS_REQUEST_KEY: key(),
}

export interface IntegrationsConfig extends SubgraphConfig, IntegrationsPartsConfig {}

export function integrationsConfig(environment: Environment): IntegrationsConfig {
  const v = readConfig(integrationsVariables, environment)
  return {
    ...processConfig(v),
    ...integrationsPartsConfig(v),
    port: v.INTEGRATIONS_PORT,
    databaseUrl: v.INTEGRATIONS_DATABASE_URL,
    requestKey: v.INTEGRATIONS_REQUEST_KEY,
  }
}
