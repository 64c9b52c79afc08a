import {
  type DefinitionNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  Kind,
  type OperationDefinitionNode,
  type OperationTypeNode,
  parse,
  parseType,
  print,
  type SelectionSetNode,
  type VariableDefinitionNode,
  visit,
} from 'graphql'

/** A field by the names that lead to it from the root of an operation. */
export interface Place {
  readonly kind: OperationTypeNode
  readonly path: readonly string[]
}

const name = (value: string) => ({ kind: Kind.NAME, value }) as const

/** The document that a text is; undefined when it is none, null when it is empty or nothing but comments. */
export function readDocument(text: string): DocumentNode | null | undefined {
  if (text.replaceAll(/#.*/g, '').trim() === '') return null
  try {
    return parse(text)
  } catch {
    return undefined
  }
}

/** Whether the field is selected where it stands, other than through a fragment. */
export const isSelected = (document: DocumentNode | null, { kind, path }: Place): boolean =>
  fieldAt(operationOf(document, kind)?.selectionSet, path) !== undefined

/**
 * The text of the operation with a field added, with all above it and whatever it cannot do without, or taken out with all
 * below it.
 */
export function toggleField(document: DocumentNode | null, schema: GraphQLSchema, place: Place): string {
  const known = operationOf(document, place.kind)
  const operation: OperationDefinitionNode = known ?? {
    kind: Kind.OPERATION_DEFINITION,
    operation: place.kind,
    selectionSet: { kind: Kind.SELECTION_SET, selections: [] },
  }
  const variables = new Map((operation.variableDefinitions ?? []).map((one) => [one.variable.name.value, one]))
  const type = schema.getRootType(place.kind)?.name ?? ''
  const selectionSet = isSelected(document, place)
    ? without(operation.selectionSet, place.path)
    : withField(operation.selectionSet, place.path, { schema, type, variables })
  const changed = { ...operation, selectionSet }
  const definitions = document?.definitions ?? []
  const others = definitions.filter((definition) => definition !== known)
  const next =
    selectionSet.selections.length === 0
      ? others
      : known === undefined
        ? [...others, withVariables(changed, variables)]
        : definitions.map((one) => (one === known ? withVariables(changed, variables) : one))
  return next.length === 0 ? '' : `${print({ kind: Kind.DOCUMENT, definitions: named(next) })}\n`
}

/** Of several operations each must have a name. */
function named(definitions: readonly DefinitionNode[]): readonly DefinitionNode[] {
  const operations = definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION)
  if (operations.length < 2) return definitions
  return definitions.map((one) => {
    if (one.kind !== Kind.OPERATION_DEFINITION || one.name !== undefined) return one
    return { ...one, name: name(`My${one.operation.charAt(0).toUpperCase()}${one.operation.slice(1)}`) }
  })
}

const operationOf = (document: DocumentNode | null, kind: OperationTypeNode): OperationDefinitionNode | undefined =>
  document?.definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION && one.operation === kind) as
    | OperationDefinitionNode
    | undefined

const fieldIn = (set: SelectionSetNode | undefined, field: string): FieldNode | undefined =>
  set?.selections.find((one): one is FieldNode => one.kind === Kind.FIELD && one.name.value === field)

function fieldAt(set: SelectionSetNode | undefined, [first = '', ...rest]: readonly string[]): FieldNode | undefined {
  const found = fieldIn(set, first)
  return found === undefined || rest.length === 0 ? found : fieldAt(found.selectionSet, rest)
}

function without(set: SelectionSetNode, [first = '', ...rest]: readonly string[]): SelectionSetNode {
  const found = fieldIn(set, first)
  const left = found?.selectionSet !== undefined && rest.length > 0 ? without(found.selectionSet, rest) : undefined
  const selections = set.selections.flatMap((one) => {
    if (one !== found) return [one]
    return left === undefined || left.selections.length === 0 ? [] : [{ ...found, selectionSet: left } as FieldNode]
  })
  return { ...set, selections }
}

interface Surroundings {
  readonly schema: GraphQLSchema
  /** What the fields stand on. */
  readonly type: string
  readonly variables: Map<string, VariableDefinitionNode>
}

function withField(set: SelectionSetNode | undefined, path: readonly string[], around: Surroundings): SelectionSetNode {
  const [first = '', ...rest] = path
  const definition = fieldsOf(around.schema, around.type).find((one) => one.name === first)
  const known = fieldIn(set, first)
  const field = known ?? newField(first, definition?.args ?? [], around.variables)
  const type = definition === undefined ? '' : getNamedType(definition.type).name
  const below = rest.length > 0 ? rest : leastOf(around.schema, type)
  const made: FieldNode =
    below.length === 0 ? field : { ...field, selectionSet: withField(field.selectionSet, below, { ...around, type }) }
  const selections = (set?.selections ?? []).map((one) => (one === known ? made : one))
  return { kind: Kind.SELECTION_SET, selections: known === undefined ? [...selections, made] : selections }
}

/** The fields of an object or interface; none of anything else. */
export function fieldsOf(schema: GraphQLSchema, typeName: string): readonly GraphQLField<unknown, unknown>[] {
  const type = schema.getType(typeName)
  return isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : []
}

/** What is asked of an object of which nothing else is said yet; empty for what has no fields. */
function leastOf(schema: GraphQLSchema, typeName: string): readonly string[] {
  const type = schema.getType(typeName)
  if (type === undefined || !('getFields' in type || 'getTypes' in type)) return []
  const leaves = fieldsOf(schema, typeName).filter(
    (field) => fieldsOf(schema, getNamedType(field.type).name).length === 0 && !field.args.some(isRequiredArgument),
  )
  const names = leaves.map((leaf) => leaf.name)
  return [['id', 'name', 'totalCount'].find((one) => names.includes(one)) ?? '__typename']
}

/** With a variable for each argument that it must have. */
function newField(
  fieldName: string,
  args: readonly GraphQLArgument[],
  variables: Map<string, VariableDefinitionNode>,
): FieldNode {
  const given = args.filter(isRequiredArgument).map((argument) => {
    const type = parseType(String(argument.type), { noLocation: true })
    let variable = argument.name
    while (variables.has(variable)) variable += '_'
    const node = { kind: Kind.VARIABLE, name: name(variable) } as const
    variables.set(variable, { kind: Kind.VARIABLE_DEFINITION, variable: node, type })
    return { kind: Kind.ARGUMENT, name: name(argument.name), value: node } as const
  })
  return { kind: Kind.FIELD, name: name(fieldName), arguments: given }
}

/** With the variables that it uses; where it spreads fragments, with all that it had. */
function withVariables(
  operation: OperationDefinitionNode,
  variables: ReadonlyMap<string, VariableDefinitionNode>,
): OperationDefinitionNode {
  const used = new Set<string>()
  let spreads = false
  visit(operation.selectionSet, {
    Variable: (node) => void used.add(node.name.value),
    FragmentSpread: () => {
      spreads = true
    },
  })
  const kept = [...variables].filter(([key]) => spreads || used.has(key))
  return { ...operation, variableDefinitions: kept.map(([, definition]) => definition) }
}
