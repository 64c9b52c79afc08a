import { LockMode } from '@mikro-orm/core'
import { type Tx, write } from '#platform/db/write'
import { ForbiddenError, NotFoundError, UnauthenticatedError } from '#platform/errors/common-errors'
import type { Ctx } from '#platform/graphql/context'
import { isId, newId } from '#platform/id'
import { agentsParts } from '../agents.parts.ts'
import { Agent } from './agent.entity.ts'
import { AgentArchivedError, AgentDefinitionInvalidError } from './agent.errors.ts'
import type { PublishAgentVersionInput } from './agent.graphql.ts'
import { AgentConnection } from './agent-connection.entity.ts'
import { AgentVersion } from './agent-version.entity.ts'
import { type CheckedDefinition, checkDefinition } from './definition/check-definition.ts'
import { faultAt } from './definition/fault.ts'

/**
 * Publishes a new version of an agent: runs started from now on are pinned to it, those in flight keep theirs. It is
 * granted no scope that the caller lacks: whoever starts it lends it theirs, and need not know what it does with them. The
 * content of an earlier version makes that one the published one again.
 *
 * @throws AgentDefinitionInvalidError AGENT_DEFINITION_INVALID with the path of every fault; ForbiddenError FORBIDDEN for
 *   a grant that the caller lacks; NotFoundError NOT_FOUND; AgentArchivedError AGENT_ARCHIVED
 */
export async function publishAgentVersion(ctx: Ctx, input: PublishAgentVersionInput): Promise<Agent> {
  const { organizationId, userId, scopes } = ctx.caller
  if (userId === null) throw new UnauthenticatedError()
  if (!isId(input.agentId)) throw new NotFoundError('agent')
  const checked = await checkDefinition(input.definition, agentsParts(ctx).schemas)
  const { definition, connectionIds, hash } = checked
  const lacking = definition.grants.filter((grant) => !scopes.includes(grant))
  if (lacking.length > 0) throw new ForbiddenError(`You cannot grant what you do not have: ${lacking.join(', ')}.`)
  return write(ctx, 'agent.published', async (tx) => {
    // The lock keeps the numbers gapless when two publish at once.
    const agent = await tx.em.findOne(Agent, { id: input.agentId }, { lockMode: LockMode.PESSIMISTIC_WRITE })
    if (agent === null) throw new NotFoundError('agent')
    if (agent.archivedAt != null) throw new AgentArchivedError()
    await checkSubagents(tx, checked)
    const same = await tx.em.findOne(AgentVersion, { agentId: agent.id, hash })
    if (same !== null) return publishAgain(tx, agent, same, connectionIds)
    const last = await tx.em.findOne(AgentVersion, { agentId: agent.id }, { orderBy: { number: 'desc' } })
    const version = tx.em.create(AgentVersion, {
      organizationId,
      id: newId(),
      agentId: agent.id,
      number: (last?.number ?? 0) + 1,
      definition,
      hash,
      grants: [...new Set(definition.grants)],
      environment: agent.environment,
      publishedBy: userId,
      createdAt: new Date(),
    })
    return publish(tx, agent, version, connectionIds)
  })
}

async function publish(tx: Tx, agent: Agent, version: AgentVersion, connectionIds: readonly string[]): Promise<Agent> {
  agent.publishedVersionId = version.id
  await setConnections(tx, agent, connectionIds)
  tx.target('agent', agent.id, agent.name)
  tx.detail('version', version.number)
  tx.detail('hash', version.hash ?? null)
  tx.detail('grants', version.grants)
  return agent
}

/** What a version already says is no new one: it becomes the published one again, or stays it. */
function publishAgain(tx: Tx, agent: Agent, version: AgentVersion, connectionIds: readonly string[]): Promise<Agent> {
  if (agent.publishedVersionId !== version.id) return publish(tx, agent, version, connectionIds)
  tx.unchanged()
  return Promise.resolve(agent)
}

/** @throws AgentDefinitionInvalidError AGENT_DEFINITION_INVALID for steps that start an agent which there is not */
async function checkSubagents(tx: Tx, { subagents }: CheckedDefinition): Promise<void> {
  if (subagents.length === 0) return
  const ids = [...new Set(subagents.map(({ agentId }) => agentId))]
  const known = new Set((await tx.em.find(Agent, { id: { $in: ids }, archivedAt: null })).map(({ id }) => id))
  const faults = subagents
    .filter(({ agentId }) => !known.has(agentId))
    .map(({ path }) => faultAt(path, 'There is no such agent in use.'))
  if (faults.length > 0) throw new AgentDefinitionInvalidError(faults)
}

/** Says anew which connections an agent uses. */
export async function setConnections(tx: Tx, agent: Agent, connectionIds: readonly string[]): Promise<void> {
  await tx.em.nativeDelete(AgentConnection, { agentId: agent.id })
  for (const connectionId of connectionIds)
    tx.em.create(AgentConnection, {
      organizationId: agent.organizationId,
      id: newId(),
      connectionId,
      agentId: agent.id,
    })
}
