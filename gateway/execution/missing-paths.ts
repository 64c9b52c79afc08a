import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  getDirectiveValues,
  Kind,
  parse,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

export type Variables = Readonly<Record<string, unknown>>
export type Path = readonly (string | number)[]

const pathsMax = 100

/**
 * The response paths that a failed fetch leaves empty, relative to where the fetch stands in the plan: one for each root
 * field, or for each field of each entity (`['_entities', 2, 'name']`). At most 100.
 *
 * @param query the fetch's own operation, as the planner wrote it
 */
export function missingPaths(query: string, variables: Variables): readonly Path[] {
  const document = parse(query, { noLocation: true })
  const operation = document.definitions.find((d) => d.kind === Kind.OPERATION_DEFINITION)
  if (operation === undefined) return []
  const fragments = new Map(
    document.definitions.flatMap((d) => (d.kind === Kind.FRAGMENT_DEFINITION ? [[d.name.value, d] as const] : [])),
  )
  const scope = { fragments, variables }
  const paths: Path[] = []
  for (const field of fieldsOf(operation.selectionSet, undefined, scope)) {
    for (const path of field.name.value === '_entities' ? entityPaths(field, scope) : [[responseKey(field)]]) {
      if (paths.length === pathsMax) return paths
      paths.push(path)
    }
  }
  return paths
}

interface Scope {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly variables: Variables
}

function* entityPaths(entities: FieldNode, scope: Scope): Generator<Path> {
  const { representations } = scope.variables
  if (!Array.isArray(representations) || entities.selectionSet === undefined) return
  for (const [index, representation] of representations.entries()) {
    const typename: unknown = (representation as { __typename?: unknown } | null)?.__typename
    for (const field of fieldsOf(entities.selectionSet, String(typename), scope))
      yield ['_entities', index, responseKey(field)]
  }
}

/** The fields that an object of `typename` would have got; of every type when undefined. */
function* fieldsOf(set: SelectionSetNode, typename: string | undefined, scope: Scope): Generator<FieldNode> {
  for (const selection of set.selections) {
    if (!included(selection, scope.variables)) continue
    if (selection.kind === Kind.FIELD) {
      if (selection.name.value !== '__typename') yield selection
      continue
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : scope.fragments.get(selection.name.value)
    const condition = fragment?.typeCondition?.name.value
    if (fragment === undefined || (typename !== undefined && condition !== undefined && condition !== typename))
      continue
    yield* fieldsOf(fragment.selectionSet, typename, scope)
  }
}

const included = (selection: SelectionNode, variables: Variables): boolean =>
  getDirectiveValues(GraphQLSkipDirective, selection, variables)?.if !== true &&
  getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.if !== false

const responseKey = (field: FieldNode): string => field.alias?.value ?? field.name.value
