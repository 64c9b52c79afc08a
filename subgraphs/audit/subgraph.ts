import { defineSubgraph, type SubgraphConfig } from '#platform/subgraph/define'
import { Agent, User } from './event/actor.graphql.ts'
import { AgentResolver } from './event/agent.resolver.ts'
import { eventPermissions } from './event/event.permissions.ts'
import { EventResolver } from './event/event.resolver.ts'
import { FollowResolver } from './event/follow.resolver.ts'
import { auditDatabase } from './orm.ts'
import { registerRefusals } from './refusal/refusals.route.ts'

export const audit = defineSubgraph<SubgraphConfig, undefined>({
  name: 'audit',
  database: auditDatabase,
  resolvers: [EventResolver, FollowResolver, AgentResolver],
  orphanedTypes: [User, Agent],
  references: { Agent: (reference: { id: string }) => ({ id: reference.id }) },
  permissions: [eventPermissions],
  open: () => undefined,
  routes: registerRefusals,
})
