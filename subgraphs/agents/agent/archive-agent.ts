import { LockMode } from '@mikro-orm/core'
import { write } from '#platform/db/write'
import { NotFoundError } from '#platform/errors/common-errors'
import type { Ctx } from '#platform/graphql/context'
import { isId } from '#platform/id'
import { Agent } from './agent.entity.ts'
import type { ArchiveAgentInput } from './agent.graphql.ts'
import { setConnections } from './publish-agent-version.ts'

/**
 * Takes an agent out of use: it starts no new run, its name is free again, and what it did stays to be read. Runs in
 * flight go on. Archiving again changes nothing.
 *
 * @throws NotFoundError NOT_FOUND
 */
export async function archiveAgent(ctx: Ctx, input: ArchiveAgentInput): Promise<Agent> {
  if (!isId(input.agentId)) throw new NotFoundError('agent')
  return write(ctx, 'agent.archived', async (tx) => {
    const agent = await tx.em.findOne(Agent, { id: input.agentId }, { lockMode: LockMode.PESSIMISTIC_WRITE })
    if (agent === null) throw new NotFoundError('agent')
    tx.target('agent', agent.id, agent.name)
    if (agent.archivedAt != null) {
      tx.unchanged()
      return agent
    }
    agent.archivedAt = new Date()
    await setConnections(tx, agent, [])
    return agent
  })
}
