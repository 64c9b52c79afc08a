import { processConfig, processVariables } from '#platform/config/process.config'
import { type Environment, readConfig } from '#platform/config/read-config'
import { key, port, postgresUrl } from '#platform/config/units'
import type { SubgraphConfig } from '#platform/subgraph/define'

export const auditVariables = {
  ...processVariables,
  AUDIT_PORT: port(4004),
  AUDIT_DATABASE_URL: postgresUrl(),
  AUDIT_REQUEST_KEY: key(),
}

export function auditConfig(environment: Environment): SubgraphConfig {
  const v = readConfig(auditVariables, environment)
  return {
    ...processConfig(v),
    port: v.AUDIT_PORT,
    databaseUrl: v.AUDIT_DATABASE_URL,
    requestKey: v.AUDIT_REQUEST_KEY,
  }
}
