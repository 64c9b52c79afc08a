import { z } from 'zod'
import { gatewayVariables } from '../gateway/config.ts'
import { agentsVariables } from '../subgraphs/agents/config.ts'
import { auditVariables } from '../subgraphs/audit/config.ts'
import { identityVariables } from '../subgraphs/identity/config.ts'
import { integrationsVariables } from '../subgraphs/integrations/config.ts'
import { workerVariables } from '../worker/config.ts'
import { migrateVariables } from './migrate.ts'

export type Variables = Readonly<Record<string, z.ZodType<unknown, string | undefined>>>

/** Something that the image runs: its module, and the variables that it reads. */
export interface Program {
  readonly name: string
  readonly module: string
  readonly variables: Variables
}

/** The six processes and the migrator, with their configuration's own schemas. */
export const programs: readonly Program[] = [
  { name: 'gateway', module: 'gateway/main.ts', variables: gatewayVariables },
  { name: 'identity', module: 'subgraphs/identity/main.ts', variables: identityVariables },
  { name: 'agents', module: 'subgraphs/agents/main.ts', variables: agentsVariables },
  { name: 'integrations', module: 'subgraphs/integrations/main.ts', variables: integrationsVariables },
  { name: 'audit', module: 'subgraphs/audit/main.ts', variables: auditVariables },
  { name: 'worker', module: 'worker/main.ts', variables: workerVariables },
  { name: 'migrate', module: 'scripts/migrate.ts', variables: migrateVariables },
]

/** The seed acts with the configuration of the subgraphs whose tables it fills. */
export const seedProgram: Program = {
  name: 'seed',
  module: 'scripts/seed/seed.ts',
  variables: { ...identityVariables, ...agentsVariables, ...integrationsVariables },
}
