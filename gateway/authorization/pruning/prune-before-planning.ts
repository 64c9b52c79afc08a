import { OperationTypeNode } from 'graphql'
import type { AccessRules } from '#platform/access/access-rules'
import { type Rights, rightsOver } from '#platform/access/rights'
import type { Executor } from '../../execution/planned-gateway.ts'
import type { EdgeContext } from '../../execution/request-context.ts'
import type { Variables } from './conditions.ts'
import { denialsWith, errorsOf, refusalsOf } from './denials.ts'
import { type PrunedOperation, pruneOperation } from './prune-operation.ts'
import { PrunedOperations } from './pruned-operations.ts'
import { restoreAnswer } from './restore-answer.ts'
import type { Denial } from './selected.ts'

type Request = Parameters<Executor>[0]

/** Hears of what was denied to whom, before anything is fetched. */
export type OnDenied = (denials: readonly Denial[], context: EdgeContext) => void

/**
 * Takes the fields that the caller may not see out of each operation before it is planned, so that they are never asked
 * for, and answers null and an error in their places. A mutation with a denied field at its root is not executed at all.
 *
 * @param executor plans and executes what is left; it keeps plans by `queryHash`
 */
export function pruneBeforePlanning(executor: Executor, rules: AccessRules, onDenied: OnDenied): Executor {
  const rightsOf = rightsOver(rules)
  const known = new PrunedOperations()
  return async (request) => {
    // Under this older name Apollo Server hands its contextValue to gateways.
    const context = request.context as EdgeContext
    const pruned = prunedFor(request, rightsOf(context.caller), known)
    if (pruned === null) return executor(request)
    const variables: Variables = request.request.variables ?? {}
    const denials = denialsWith(pruned, variables)
    if (denials.length > 0) onDenied(denials, context)
    const atRoot = denials.filter(({ path }) => path.length === 1)
    if (request.operation?.operation !== OperationTypeNode.QUERY && atRoot.length > 0)
      return { errors: refusalsOf(atRoot, context.caller) }
    const { data, errors = [], ...rest } = await execute(executor, request, pruned)
    // It was not executed, and nobody is told of fields that were never reached.
    if (data === undefined) return { errors, ...rest }
    const all = [...errorsOf(denials, context.caller), ...errors]
    const whole = data === null ? null : restoreAnswer(data, pruned, variables)
    return { ...rest, data: whole, ...(all.length === 0 ? {} : { errors: all }) }
  }
}

function prunedFor(request: Request, rights: Rights, known: PrunedOperations): PrunedOperation | null {
  const { operation, document, schema, queryHash, source = '' } = request
  if (operation === undefined || document === undefined) return null
  const key = `${rights.key} ${queryHash} ${operation.name?.value ?? ''}`
  const found = known.get(key)
  if (found !== undefined) return found
  const pruned = pruneOperation(schema, document, operation, rights)
  known.set(key, pruned, source)
  return pruned
}

const execute = async (executor: Executor, request: Request, { effective }: PrunedOperation): ReturnType<Executor> =>
  effective === null ? { data: {} } : executor({ ...request, ...effective })
