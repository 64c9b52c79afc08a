import { UniqueConstraintViolationException } from '@mikro-orm/core'
import { write } from '#platform/db/write'
import { InvalidInputError } from '#platform/errors/common-errors'
import type { Ctx } from '#platform/graphql/context'
import { newId } from '#platform/id'
import { storableText } from '../json/storable-json.ts'
import { Agent } from './agent.entity.ts'
import { AgentNameTakenError } from './agent.errors.ts'
import type { CreateAgentInput } from './agent.graphql.ts'
import { descriptionLengthMax, nameLengthMax } from './agent.limits.ts'

/**
 * Makes an agent that does nothing yet: it can be started once a version is published.
 *
 * @throws AgentNameTakenError AGENT_NAME_TAKEN; InvalidInputError BAD_USER_INPUT
 */
export async function createAgent(ctx: Ctx, input: CreateAgentInput): Promise<Agent> {
  const name = input.name.trim().normalize('NFC')
  if (name === '' || name.length > nameLengthMax || /\p{C}/u.test(name))
    throw new InvalidInputError(`A name has between 1 and ${nameLengthMax} characters, all of them visible.`)
  const description = input.description.trim()
  if (description.length > descriptionLengthMax || storableText(description, descriptionLengthMax) !== description)
    throw new InvalidInputError(`A description has at most ${descriptionLengthMax} characters, all of them text.`)
  const { environment = 'PRODUCTION' } = input
  const { organizationId } = ctx.caller
  try {
    return await write(ctx, 'agent.created', async (tx) => {
      const agent = tx.em.create(Agent, {
        organizationId,
        id: newId(),
        name,
        description,
        environment,
        createdAt: new Date(),
      })
      tx.target('agent', agent.id, name)
      tx.detail('environment', environment)
      return agent
    })
  } catch (error) {
    if (error instanceof UniqueConstraintViolationException) throw new AgentNameTakenError()
    throw error
  }
}
