import { connectionPermissions } from '#platform/graphql/page.permissions'
import { hasScope, type PermissionMap, signedIn } from '#platform/graphql/rules'
import { content } from './agent.environment.ts'

export const agentPermissions: PermissionMap = {
  Query: { agent: hasScope('agent:read'), agents: hasScope('agent:read') },
  Mutation: {
    createAgent: hasScope('agent:write'),
    publishAgentVersion: hasScope('agent:publish'),
    archiveAgent: hasScope('agent:write'),
  },
  // Others name an agent by its id, e.g. as the actor of an audit event: a stricter right here would bind theirs.
  Agent: { id: signedIn, '*': hasScope('agent:read'), runs: hasScope('run:read') },
  AgentVersion: { '*': hasScope('agent:read'), definition: content('agent') },
  Connection: { id: signedIn, usedBy: hasScope('agent:read') },
  ...connectionPermissions('Agent', hasScope('agent:read')),
}
