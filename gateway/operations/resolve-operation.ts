import { GraphQLError, type GraphQLSchema, getVariableValues, type OperationDefinitionNode } from 'graphql'
import type { Operation, Variables } from '../execution/operation.ts'
import type { KnownDocument } from './document-store.ts'
import { RequestFault } from './request-fault.ts'

const variableErrorsMax = 50

export interface Asked {
  readonly operationName: string | null
  readonly variables: Variables
  readonly registered: string | null
  readonly extensions: Readonly<Record<string, unknown>>
}

/**
 * The operation that a request is for (GraphQL §6.1), with its variables coerced.
 *
 * @throws RequestFault when it is unclear which one, and for variables that are not of their types
 */
export function resolveOperation(known: KnownDocument, asked: Asked, schema: GraphQLSchema): Operation {
  const definition = chosen(known.operations, asked.operationName)
  const kind = definition.operation
  if (schema.getRootType(kind) == null) throw unclear(`The schema has no ${kind} operations.`)
  const { variables, registered, extensions } = asked
  const { hash, text, document } = known
  const { variableDefinitions = [] } = definition
  const coerced =
    variableDefinitions.length === 0
      ? {}
      : coercedBy(getVariableValues(schema, variableDefinitions, variables, { maxErrors: variableErrorsMax }))
  return {
    hash,
    text,
    document,
    definition,
    kind,
    name: definition.name?.value ?? null,
    variables,
    coerced,
    registered,
    extensions,
  }
}

function chosen(operations: readonly OperationDefinitionNode[], name: string | null): OperationDefinitionNode {
  const [first, second] = operations
  if (name === null) {
    if (first === undefined) throw unclear('The document has no operation.')
    if (second !== undefined) throw unclear('Say by operationName which operation of the document to run.')
    return first
  }
  const found = operations.find((operation) => operation.name?.value === name)
  if (found === undefined) throw unclear('The document has no operation of that name.')
  return found
}

const unclear = (message: string) =>
  new RequestFault([new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } })])

function coercedBy(result: ReturnType<typeof getVariableValues>): Variables {
  if (result.errors === undefined) return result.coerced
  throw new RequestFault(
    result.errors.map(
      ({ message, nodes }) =>
        new GraphQLError(message, { nodes: nodes ?? null, extensions: { code: 'BAD_USER_INPUT' } }),
    ),
  )
}
