import type { GraphQLSchema } from 'graphql'
import type { AccessRules } from '#platform/access/access-rules'
import { type Rights, rightsOver } from '#platform/access/rights'
import type { Answer, Operation, Stage } from '../../execution/operation.ts'
import type { EdgeContext } from '../../execution/request-context.ts'
import { denialsWith, errorsOf } from './denials.ts'
import { type PrunedOperation, pruneOperation } from './prune-operation.ts'
import { PrunedOperations } from './pruned-operations.ts'
import { restoreAnswer } from './restore-answer.ts'
import type { Denial } from './selected.ts'

/** Hears of what was denied to whom, before anything is fetched. */
export type OnDenied = (denials: readonly Denial[], context: EdgeContext) => void

/** An operation as its caller may have it. */
export type Permitted =
  | { readonly refused: Answer; readonly denials: readonly Denial[] }
  | {
      /** What is planned and executed; null when nothing is left to ask for. */
      readonly operation: Operation | null
      /** Makes of its answer one to the operation as it was asked for. */
      readonly restore: (answer: Answer) => Answer
      readonly denials: readonly Denial[]
    }

/** @param tell whom to tell of denials, in place of those who hear of operations that are executed */
export type Permit = (operation: Operation, context: EdgeContext, tell?: OnDenied) => Permitted

/**
 * Takes the fields that the caller may not see out of each operation before it is planned, so that they are never asked
 * for, and answers null and an error in their places. A mutation with a denied field at its root is not executed at all, and
 * a subscription to one is not opened.
 *
 * @param schema as clients see it
 */
export function permitBy(rules: AccessRules, schema: GraphQLSchema, onDenied: OnDenied): Permit {
  const rightsOf = rightsOver(rules)
  const known = new PrunedOperations()
  return (operation, context, tell = onDenied) => {
    const pruned = prunedFor(operation, rightsOf(context.caller), schema, known)
    if (pruned === null) return { operation, restore: unchanged, denials: [] }
    const { variables, kind } = operation
    const denials = denialsWith(pruned, variables)
    if (denials.length > 0) tell(denials, context)
    const atRoot = denials.filter(({ path }) => path.length === 1)
    if (kind !== 'query' && atRoot.length > 0) return { refused: { errors: errorsOf(atRoot, context.caller) }, denials }
    return {
      operation: effectiveOf(operation, pruned),
      denials,
      restore: ({ data, errors = [], ...rest }) => {
        // It was not executed, and nobody is told of fields that were never reached.
        if (data === undefined) return { errors, ...rest }
        const all = [...errorsOf(denials, context.caller), ...errors]
        const whole = data === null ? null : restoreAnswer(data, pruned, variables)
        return { ...rest, data: whole, ...(all.length === 0 ? {} : { errors: all }) }
      },
    }
  }
}

/** `permitBy` around execution. */
export const pruneBeforePlanning =
  (permit: Permit): Stage =>
  (next) =>
  async (operation, context) => {
    const permitted = permit(operation, context)
    if ('refused' in permitted) return permitted.refused
    return permitted.restore(permitted.operation === null ? { data: {} } : await next(permitted.operation, context))
  }

const unchanged = (answer: Answer): Answer => answer

function effectiveOf(operation: Operation, { effective }: PrunedOperation): Operation | null {
  if (effective === null) return null
  const { text, document, operation: definition, queryHash: hash } = effective
  return { ...operation, text, document, definition, hash }
}

function prunedFor(
  { hash, name, text, document, definition }: Operation,
  rights: Rights,
  schema: GraphQLSchema,
  known: PrunedOperations,
): PrunedOperation | null {
  const key = `${rights.key} ${hash} ${name ?? ''}`
  const found = known.get(key)
  if (found !== undefined) return found
  const pruned = pruneOperation(schema, document, definition, rights)
  known.set(key, pruned, text)
  return pruned
}
