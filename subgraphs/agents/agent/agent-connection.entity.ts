import { defineEntity, p } from '@mikro-orm/core'
import { tenantKey, tenantWall } from '#platform/db/tenant'

/** Says that an agent's published version uses a connection, so that a connection can tell who uses it. */
const AgentConnectionSchema = defineEntity({
  name: 'AgentConnection',
  tableName: 'agent_connection',
  ...tenantWall,
  uniques: [{ name: 'agent_connection_use', properties: ['organizationId', 'connectionId', 'agentId'] }],
  indexes: [{ name: 'agent_connection_agent', properties: ['organizationId', 'agentId'] }],
  properties: { ...tenantKey, connectionId: p.uuid(), agentId: p.uuid() },
})
export class AgentConnection extends AgentConnectionSchema.class {}
AgentConnectionSchema.setClass(AgentConnection)
