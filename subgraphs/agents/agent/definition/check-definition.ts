import { setImmediate } from 'node:timers/promises'
import type { z } from 'zod'
import { checkSyntax } from '#platform/expression/check-expression'
import { JsonSchemas } from '#platform/json-schema/json-schemas'
import { storableJson } from '../../json/storable-json.ts'
import { AgentDefinitionInvalidError } from '../agent.errors.ts'
import { definitionBounds, expressionCharactersMax, faultsShownMax, stepDepthMax, stepsMax } from '../agent.limits.ts'
import { faultsOfSchemas } from './author-schemas.ts'
import { definitionSchema } from './definition.schema.ts'
import type { Definition } from './definition.ts'
import { definitionHash } from './definition-hash.ts'
import { expressionsOf, type FoundExpression, outerExpressions } from './expressions.ts'
import { type Fault, faultAt, type Path } from './fault.ts'
import { entriesOf, type FoundStep, isObject, walkSteps } from './walk-steps.ts'

export interface CheckedDefinition {
  readonly definition: Definition
  /** As it will be stored. */
  readonly json: string
  /** The connections that its steps use, each once. */
  readonly connectionIds: readonly string[]
  /** The agents that its steps start, with the places where they are named. */
  readonly subagents: readonly { readonly agentId: string; readonly path: Path }[]
  /** The same for the same content. */
  readonly hash: string
}

/**
 * Checks a definition from outside: its size, its shape, what its parts say about each other, the syntax of every
 * expression with the steps that it names, and every JSON Schema.
 *
 * @param given any JSON value
 * @throws AgentDefinitionInvalidError AGENT_DEFINITION_INVALID with the path of every fault (of the first 500)
 */
export async function checkDefinition(given: unknown, schemas = new JsonSchemas()): Promise<CheckedDefinition> {
  const stored = storableJson(given, definitionBounds)
  if (!stored.ok) throw new AgentDefinitionInvalidError([faultAt([], stored.fault)])
  const steps = isObject(given) ? [...walkSteps(given.steps, ['steps'])] : []
  const faults = [
    ...faultsOfShape(given),
    ...faultsOfSteps(steps),
    ...(await faultsOfExpressions(given, steps)),
    ...(await faultsOfSchemas(given, steps, schemas)),
  ]
  if (faults.length > 0) throw new AgentDefinitionInvalidError(shown(faults))
  const connectionIds = steps.flatMap(({ step }) => [step, ...toolsOf(step)].flatMap(connectionOf))
  return {
    definition: given as Definition,
    json: stored.json,
    connectionIds: [...new Set(connectionIds)],
    subagents: steps.flatMap(subagentOf),
    hash: definitionHash(given),
  }
}

const subagentOf = ({ step, path }: FoundStep) =>
  typeof step.agent === 'string' ? [{ agentId: step.agent, path: [...path, 'agent'] }] : []

const toolsOf = ({ tools }: FoundStep['step']) => entriesOf(tools).flatMap(([, tool]) => (isObject(tool) ? [tool] : []))
const connectionOf = ({ connection }: FoundStep['step']) => (typeof connection === 'string' ? [connection] : [])

function faultsOfShape(given: unknown): Fault[] {
  const issues = definitionSchema.safeParse(given).error?.issues ?? []
  return issues.flatMap((issue: z.core.$ZodIssue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => faultAt([...issue.path, key], 'There is no such setting here.'))
      : [faultAt(issue.path, issue.message)],
  )
}

function faultsOfSteps(steps: readonly FoundStep[]): Fault[] {
  const faults: Fault[] = []
  if (steps.length > stepsMax) faults.push(faultAt(['steps'], `There are ${steps.length} steps; ${stepsMax} at most.`))
  const known = new Set<unknown>()
  for (const { step, path, depth } of steps) {
    if (depth === stepDepthMax + 1) faults.push(faultAt(path, `Steps are nested deeper than ${stepDepthMax}.`))
    if (typeof step.id === 'string' && known.has(step.id))
      faults.push(faultAt([...path, 'id'], 'Another step has this id.'))
    known.add(step.id)
  }
  return faults
}

async function faultsOfExpressions(given: unknown, steps: readonly FoundStep[]): Promise<Fault[]> {
  const found: FoundExpression[] = steps.flatMap((step) => [...expressionsOf(step)])
  if (isObject(given)) found.push(...outerExpressions(given))
  const characters = found.reduce((sum, { expression }) => sum + expression.length, 0)
  if (characters > expressionCharactersMax)
    return [faultAt([], `All expressions together are longer than ${expressionCharactersMax} characters.`)]
  const faults: Fault[] = []
  const ids = new Set(steps.map(({ step }) => step.id))
  for (const { expression, path } of found) {
    const check = checkSyntax(expression)
    if (!check.ok) faults.push(faultAt(path, wordsOf(check)))
    else
      for (const [of, name] of check.reads)
        if (of === 'steps' && !ids.has(name)) faults.push(faultAt(path, `There is no step \`${name}\`.`))
    // Reading one takes up to tens of milliseconds: other requests go in between.
    await setImmediate()
  }
  return faults
}

const wordsOf = ({ message, position }: { message: string; position: number | undefined }) =>
  position === undefined ? message : `${message} (at character ${position})`

function shown(faults: readonly Fault[]): Fault[] {
  const rest = faults.length - faultsShownMax
  return [...faults.slice(0, faultsShownMax), ...(rest > 0 ? [faultAt([], `… and ${rest} more.`)] : [])]
}
