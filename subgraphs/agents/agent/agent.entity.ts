import { defineEntity, p } from '@mikro-orm/core'
import { tenantKey, tenantWall } from '#platform/db/tenant'
import type { AgentEnvironment } from './agent.environment.ts'

/** A thing that can be run: a name and, once published, a version that new runs are pinned to. */
const AgentSchema = defineEntity({
  name: 'Agent',
  tableName: 'agent',
  ...tenantWall,
  // An archived agent gives its name back.
  uniques: [{ name: 'agent_name', properties: ['organizationId', 'name'], where: 'archived_at is null' }],
  properties: {
    ...tenantKey,
    name: p.string().length(100),
    description: p.string().length(2000),
    environment: p.string().length(20).$type<AgentEnvironment>().default('PRODUCTION'),
    publishedVersionId: p.uuid().nullable(),
    createdAt: p.datetime(),
    archivedAt: p.datetime().nullable(),
  },
})
export class Agent extends AgentSchema.class {}
AgentSchema.setClass(Agent)
