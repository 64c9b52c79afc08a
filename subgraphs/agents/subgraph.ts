import type { Ctx } from '#platform/graphql/context'
import { loadById } from '#platform/graphql/load-by-id'
import { isId } from '#platform/id'
import { defineSubgraph, type SubgraphConfig } from '#platform/subgraph/define'
import { Agent } from './agent/agent.entity.ts'
import { Connection } from './agent/agent.graphql.ts'
import { agentPermissions } from './agent/agent.permissions.ts'
import { AgentResolver, AgentVersionResolver } from './agent/agent.resolver.ts'
import { ConnectionResolver } from './agent/connection.resolver.ts'
import { AgentsParts } from './agents.parts.ts'
import { approvalPermissions } from './approval/approval.permissions.ts'
import { ApprovalResolver } from './approval/approval.resolver.ts'
import { deadLetterPermissions } from './dead-letter/dead-letter.permissions.ts'
import { DeadLetterResolver } from './dead-letter/dead-letter.resolver.ts'
import { eventPermissions } from './event/event.permissions.ts'
import { EventResolver } from './event/event.resolver.ts'
import { runPolicyPermissions } from './limits/run-policy.permissions.ts'
import { RunPolicyResolver } from './limits/run-policy.resolver.ts'
import { agentsDatabase } from './orm.ts'
import { StepOutputResolver } from './payload/step-output.resolver.ts'
import { runPermissions } from './run/run.permissions.ts'
import { RunResolver } from './run/run.resolver.ts'
import { RunEventResolver } from './run/run-event.resolver.ts'
import { RunLinksResolver } from './run/run-links.resolver.ts'
import { UserResolver } from './run/user.resolver.ts'
import { schedulePermissions } from './schedule/schedule.permissions.ts'
import { ScheduleResolver } from './schedule/schedule.resolver.ts'

interface Reference {
  readonly id: string
}

const stub = ({ id }: Reference) => (isId(id) ? { id } : null)

export const agents = defineSubgraph<SubgraphConfig, AgentsParts>({
  name: 'agents',
  database: agentsDatabase,
  resolvers: [
    AgentResolver,
    AgentVersionResolver,
    RunResolver,
    RunEventResolver,
    RunLinksResolver,
    UserResolver,
    ConnectionResolver,
    ApprovalResolver,
    ScheduleResolver,
    EventResolver,
    DeadLetterResolver,
    RunPolicyResolver,
    StepOutputResolver,
  ],
  orphanedTypes: [Connection],
  references: {
    Agent: (reference: Reference, ctx: Ctx) => loadById(ctx, Agent, reference.id),
    // Other subgraphs' things: whether they exist is not known here, only what of ours belongs to them.
    User: stub,
    Connection: stub,
  },
  permissions: [
    agentPermissions,
    runPermissions,
    approvalPermissions,
    eventPermissions,
    schedulePermissions,
    deadLetterPermissions,
    runPolicyPermissions,
  ],
  open: () => new AgentsParts(),
})
