import { defineEntity, p } from '@mikro-orm/core'
import { tenantKey, tenantWall } from '#platform/db/tenant'
import type { AgentEnvironment } from './agent.environment.ts'
import type { Definition } from './definition/definition.ts'

/** What an agent does, as published once. Never changed: runs in flight are pinned to it. */
const AgentVersionSchema = defineEntity({
  name: 'AgentVersion',
  tableName: 'agent_version',
  ...tenantWall,
  uniques: [
    { name: 'agent_version_number', properties: ['organizationId', 'agentId', 'number'] },
    { name: 'agent_version_hash', properties: ['organizationId', 'agentId', 'hash'] },
  ],
  properties: {
    ...tenantKey,
    agentId: p.uuid(),
    /** 1, 2, 3 … within the agent. */
    number: p.integer(),
    definition: p.json<Definition>(),
    /** Of the definition, in hex; null where it was published before hashes were kept. */
    hash: p.string().length(64).nullable(),
    /** The scopes that a run may use, as far as its starter has them. */
    grants: p.array().$type<string[]>(),
    /** The agent's, so that a version can be judged without it. */
    environment: p.string().length(20).$type<AgentEnvironment>().default('PRODUCTION'),
    publishedBy: p.uuid(),
    createdAt: p.datetime(),
  },
})
export class AgentVersion extends AgentVersionSchema.class {}
AgentVersionSchema.setClass(AgentVersion)
