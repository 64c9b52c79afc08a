import type { Tx } from '#platform/db/write'
import { InvalidInputError } from '#platform/errors/common-errors'
import type { Ctx } from '#platform/graphql/context'
import { faultAt } from '../agent/definition/fault.ts'
import { agentsParts, type InputRules } from '../agents.parts.ts'

/**
 * Refuses an input that does not fit the schema of the version that a run of it would be pinned to. What the version's
 * defaults fill is filled before it is judged.
 *
 * @param agentVersionId of the caller's organization
 * @param input a JSON object
 * @throws InvalidInputError BAD_USER_INPUT with the path of each fault, in the message and as details
 */
export async function checkInput(ctx: Ctx, tx: Tx, agentVersionId: string, input: object): Promise<void> {
  const { schemas, inputRules } = agentsParts(ctx)
  const rules = inputRules.get(agentVersionId) ?? (await loadInputRules(tx, agentVersionId))
  inputRules.set(agentVersionId, rules)
  if (rules.inputSchema === null) return
  const faults = schemas
    .compile(rules.inputSchema)
    .faultsOf({ ...rules.defaults, ...input })
    .map(({ path, message }) => faultAt(['input', ...path], message))
  if (faults.length === 0) return
  const shown = faults.slice(0, 3).map(({ path, message }) => `${path} ${message}`)
  throw new InvalidInputError(`The input does not fit the agent's schema: ${shown.join('; ')}.`, { details: faults })
}

async function loadInputRules(tx: Tx, agentVersionId: string): Promise<InputRules> {
  const [rules] = await tx.em.execute<InputRules[]>(
    `select definition->'inputSchema' as "inputSchema", definition->'input' as defaults
     from agents.agent_version where id = ?`,
    [agentVersionId],
  )
  return rules ?? { inputSchema: null, defaults: null }
}
