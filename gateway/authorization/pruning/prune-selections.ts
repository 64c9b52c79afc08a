import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  type InlineFragmentNode,
  isCompositeType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import { isDenied } from '#platform/access/denied-field'
import type { Rights } from '#platform/access/rights'
import { fieldOn, possibleTypes } from '#platform/access/selected-field'
import { type Condition, conditionsOf } from './conditions.ts'
import type { ConditionalDenial, Selected, SelectedPart } from './selected.ts'

/** What one operation is pruned with. */
export interface PruningScope {
  readonly schema: GraphQLSchema
  readonly rights: Rights
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly operation: OperationDefinitionNode
  /** The name under which a selection set asks for its objects' type for our own use; no response key of the client's. */
  readonly typeKey: string
  /** Filled in the order of the operation. */
  readonly denials: ConditionalDenial[]
}

interface Place {
  readonly parent: GraphQLCompositeType
  /** The object types that can stand here: a fragment's own and those around it narrow them. */
  readonly possible: readonly GraphQLObjectType[]
  readonly path: readonly string[]
  readonly when: readonly Condition[]
}

interface Pruned {
  /** What is left. */
  readonly selections: SelectionNode[]
  /** What there was. */
  readonly selected: Selected
  /** Whether anything in it or below was taken out, or asks for the type. */
  readonly changed: boolean
  /** Whether a fragment is for some of the possible types only, so that their name is needed to read an answer. */
  readonly narrows: boolean
}

/** Takes the denied fields out of a selection set; fragments are spread out, since what they hold differs by place. */
export function pruneSelections(scope: PruningScope, set: SelectionSetNode, place: Place): Pruned {
  const selections: SelectionNode[] = []
  const selected: SelectedPart[] = []
  let [changed, narrows] = [false, false]
  for (const selection of set.selections) {
    const one =
      selection.kind === Kind.FIELD ? pruneField(scope, selection, place) : pruneFragment(scope, selection, place)
    selections.push(...one.selections)
    selected.push(...one.selected)
    changed ||= one.changed
    narrows ||= one.narrows
  }
  return { selections, selected, changed, narrows }
}

function pruneField(scope: PruningScope, node: FieldNode, { parent, possible, path, when }: Place): Pruned {
  const field = fieldOn(scope.schema, parent, node.name.value)
  const key = node.alias?.value ?? node.name.value
  const own = conditionsOf(node, scope.operation.variableDefinitions)
  const part = { kind: 'field', key, type: field.type, denied: false, when: own, below: null, changed: false } as const
  if (isDenied(scope.schema, scope.rights, parent, possible, field)) {
    const coordinate = `${parent.name}.${field.name}`
    scope.denials.push({ coordinate, path: [...path, key], when: [...when, ...own] })
    return { selections: [], selected: [{ ...part, denied: true }], changed: true, narrows: false }
  }
  const type = getNamedType(field.type)
  if (node.selectionSet === undefined || !isCompositeType(type))
    return { selections: [node], selected: [part], changed: false, narrows: false }
  const below = pruneSelections(scope, node.selectionSet, {
    parent: type,
    possible: possibleTypes(scope.schema, type),
    path: [...path, key],
    when: [...when, ...own],
  })
  if (below.narrows || below.selections.length === 0) below.selections.push(typeSelection(scope.typeKey))
  const changed = below.changed || below.narrows
  return {
    selections: [{ ...node, selectionSet: setOf(below.selections) }],
    selected: [{ ...part, below: below.selected, changed }],
    changed,
    narrows: false,
  }
}

function pruneFragment(
  scope: PruningScope,
  node: Exclude<SelectionNode, FieldNode>,
  { parent, possible, path, when }: Place,
): Pruned {
  const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : scope.fragments.get(node.name.value)
  const type = fragment?.typeCondition && scope.schema.getType(fragment.typeCondition.name.value)
  const on = isCompositeType(type) ? type : parent
  const within = possibleTypes(scope.schema, on)
  const narrowed = possible.filter((each) => within.includes(each))
  if (fragment === undefined || narrowed.length === 0)
    return { selections: [], selected: [], changed: true, narrows: false }
  const own = conditionsOf(node, scope.operation.variableDefinitions)
  const below = pruneSelections(scope, fragment.selectionSet, {
    parent: on,
    possible: narrowed,
    path,
    when: [...when, ...own],
  })
  const narrows = narrowed.length < possible.length
  const types = narrows ? new Set(narrowed.map((each) => each.name)) : null
  const inline: InlineFragmentNode = {
    kind: Kind.INLINE_FRAGMENT,
    ...(fragment.typeCondition === undefined ? {} : { typeCondition: fragment.typeCondition }),
    directives: node.directives ?? [],
    selectionSet: setOf(below.selections),
  }
  return {
    selections: below.selections.length === 0 ? [] : [inline],
    selected: [{ kind: 'fragment', types, when: own, below: below.selected }],
    changed: below.changed,
    narrows: narrows || below.narrows,
  }
}

const setOf = (selections: readonly SelectionNode[]): SelectionSetNode => ({ kind: Kind.SELECTION_SET, selections })

const typeSelection = (key: string): FieldNode => ({
  kind: Kind.FIELD,
  alias: { kind: Kind.NAME, value: key },
  name: { kind: Kind.NAME, value: '__typename' },
})
