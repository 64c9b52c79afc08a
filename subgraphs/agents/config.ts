import { processConfig, processVariables } from '#platform/config/process.config'
import { type Environment, readConfig } from '#platform/config/read-config'
import { key, port, postgresUrl } from '#platform/config/units'
import type { SubgraphConfig } from '#platform/subgraph/define'

export const agentsVariables = {
  ...processVariables,
  AGENTS_PORT: port(4002),
  AGENTS_DATABASE_URL: postgresUrl(),
  AGENTS_REQUEST_KEY: key(),
}

export function agentsConfig(environment: Environment): SubgraphConfig {
  const v = readConfig(agentsVariables, environment)
  return {
    ...processConfig(v),
    port: v.AGENTS_PORT,
    databaseUrl: v.AGENTS_DATABASE_URL,
    requestKey: v.AGENTS_REQUEST_KEY,
  }
}
