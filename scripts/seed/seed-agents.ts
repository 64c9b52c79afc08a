import { type Caller, systemCaller } from '#platform/caller/caller'
import type { Environment } from '#platform/config/read-config'
import { read } from '#platform/db/read'
import { Agent } from '../../subgraphs/agents/agent/agent.entity.ts'
import { createAgent } from '../../subgraphs/agents/agent/create-agent.ts'
import { publishAgentVersion } from '../../subgraphs/agents/agent/publish-agent-version.ts'
import { agentsConfig } from '../../subgraphs/agents/config.ts'
import { agentsDatabase } from '../../subgraphs/agents/orm.ts'
import { scopesOf } from '../../subgraphs/identity/role/system-roles.ts'
import { integrationsConfig } from '../../subgraphs/integrations/config.ts'
import { Connection } from '../../subgraphs/integrations/connection/connection.entity.ts'
import { createConnection } from '../../subgraphs/integrations/connection/create-connection.ts'
import { openIntegrationsParts } from '../../subgraphs/integrations/integrations.context.ts'
import { integrationsDatabase } from '../../subgraphs/integrations/orm.ts'
import { securityDigest } from './security-digest.ts'
import { seedCtx, withDatabase } from './seed-context.ts'

const agentName = 'security-digest'
const connectionName = 'This platform'

/** A connection to the platform itself, and the security digest that uses it. */
export async function seedAgents(environment: Environment, organizationId: string, userId: string): Promise<void> {
  const roles = ['owner']
  const scopes = scopesOf(roles, organizationId)
  const owner: Caller = { ...systemCaller(organizationId), kind: 'user', userId, roles, scopes }
  const connectionId = await seedConnection(environment, owner)
  await withDatabase(agentsDatabase, agentsConfig(environment).databaseUrl, async (db) => {
    const ctx = seedCtx(db, owner, undefined)
    const known = await read(ctx, (em) => em.findOne(Agent, { name: agentName, archivedAt: null }))
    if (known?.publishedVersionId != null) return
    const agent =
      known ??
      (await createAgent(ctx, {
        name: agentName,
        description: 'Tells what a security-minded person would want to know of the last hours.',
      }))
    await publishAgentVersion(ctx, { agentId: agent.id, definition: securityDigest(connectionId) })
    console.log(`Seeded the agent ${agentName}.`)
  })
}

async function seedConnection(environment: Environment, owner: Caller): Promise<string> {
  const config = integrationsConfig(environment)
  const parts = openIntegrationsParts(config)
  try {
    return await withDatabase(integrationsDatabase, config.databaseUrl, async (db) => {
      const ctx = seedCtx(db, owner, parts)
      const known = await read(ctx, (em) => em.findOne(Connection, { name: connectionName }))
      return (
        known ?? (await createConnection(ctx, { connector: 'forgeops', name: connectionName, config: {}, secrets: [] }))
      ).id
    })
  } finally {
    await parts.close()
  }
}
