import { configOrExit } from '#platform/config/read-config'
import { DomainError } from '#platform/errors/domain-error'
import { seedAgents } from './seed-agents.ts'
import { seedOwner } from './seed-owner.ts'

/**
 * Fills an empty platform: the organization Example with an owner, and an agent that is useful at once. Safe to repeat:
 * what is there already stays as it is.
 */
try {
  const { organizationId, userId } = await seedOwner(process.env)
  await seedAgents(process.env, organizationId, userId)
} catch (error) {
  if (error instanceof DomainError) {
    console.error(error.message)
    process.exitCode = 1
  } else
    configOrExit(() => {
      throw error
    })
}
