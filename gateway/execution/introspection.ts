import {
  type DocumentNode,
  executeSync,
  type FragmentDefinitionNode,
  type GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import { fragmentsOf } from './fragments-of.ts'
import type { Variables } from './operation.ts'
import type { Data } from './plan/own.ts'

const isIntrospection = (name: string) => name === '__schema' || name === '__type'

/** The part of an operation that asks for the schema itself, which no subgraph answers; null when there is none. */
export function introspectionIn(document: DocumentNode, operation: OperationDefinitionNode): DocumentNode | null {
  if (operation.operation !== 'query') return null
  const fragments = fragmentsOf(document)
  const selections = schemaFields(operation.selectionSet, fragments)
  if (selections.length === 0) return null
  const selectionSet = { kind: Kind.SELECTION_SET, selections } as const
  return { kind: Kind.DOCUMENT, definitions: [{ ...operation, selectionSet }, ...fragments.values()] }
}

/** @returns what the schema says of itself, under the keys of the operation */
export function introspect(
  schema: GraphQLSchema,
  document: DocumentNode,
  variableValues: Variables,
): { readonly data: Data; readonly errors: readonly GraphQLError[] } {
  const { data, errors = [] } = executeSync({ schema, document, variableValues })
  return { data: { ...data }, errors }
}

function schemaFields(
  set: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): readonly SelectionNode[] {
  return set.selections.flatMap((selection): readonly SelectionNode[] => {
    if (selection.kind === Kind.FIELD) return isIntrospection(selection.name.value) ? [selection] : []
    const part = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
    const selections = part === undefined ? [] : schemaFields(part.selectionSet, fragments)
    if (selections.length === 0) return []
    const { directives = [] } = selection
    return [{ kind: Kind.INLINE_FRAGMENT, directives, selectionSet: { kind: Kind.SELECTION_SET, selections } }]
  })
}
