import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isCompositeType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql'
import { fieldOn, possibleTypes } from '#platform/access/selected-field'
import type { Condition } from '../../authorization/pruning/conditions.ts'
import type { CostTable, FieldCost } from './cost-table.ts'
import type { Alternative, CostedField, CostedOperation, CostedSet, Size } from './costed-operation.ts'
import { constantOf } from './estimate-cost.ts'
import { inputCostOf } from './input-cost.ts'
import { listSizeOf } from './list-size.ts'
import { type Found, type Part, SelectedFields } from './selected-fields.ts'

/** What a mutation costs before any of its fields. */
const mutationBase = 10

/**
 * Works out once what the fields of an operation cost; what depends on variables is left to each estimate.
 *
 * @param document valid over the table's schema
 * @throws CostUnknownError
 */
export function costOperation(
  table: CostTable,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): CostedOperation {
  const root = table.schema.getRootType(operation.operation)
  if (root == null) throw new Error(`The schema has no ${operation.operation} operations.`)
  const base = operation.operation === OperationTypeNode.MUTATION ? mutationBase : 0
  const part = { set: operation.selectionSet, when: [] }
  return { base, root: new Costing(table, document, operation).set(root, [part], [], 0) }
}

class Costing {
  readonly #table: CostTable
  readonly #selected: SelectedFields
  readonly #sets = new Map<string, CostedSet>()
  readonly #fields = new Map<string, CostedField | null>()
  readonly #numbers = new Map<object, number>()

  constructor(table: CostTable, document: DocumentNode, operation: OperationDefinitionNode) {
    this.#table = table
    const fragments = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION)
    const byName = new Map<string, FragmentDefinitionNode>(fragments.map((node) => [node.name.value, node]))
    this.#selected = new SelectedFields(table.schema, operation, byName)
  }

  /**
   * @param sized the fields in it that are as long as the field above says
   * @param weight what each object costs, in place of what objects of its type cost
   */
  set(type: GraphQLCompositeType, parts: readonly Part[], sized: readonly string[], weight: number | null): CostedSet {
    const key = [type.name, weight, sized, ...parts.map((part) => this.#keyOf(part.set, part.when))].join(' ')
    const known = this.#sets.get(key)
    if (known !== undefined) return known
    const made = new Map<string, Alternative>()
    for (const possible of possibleTypes(this.#table.schema, type)) {
      const one = this.#alternative(possible, parts, sized, weight)
      const same = `${one.weight} ${one.fields.map((field) => this.#numberOf(field)).join()} ${[...one.keys].join()}`
      const before = made.get(same)
      made.set(same, before === undefined ? one : { ...before, types: [...before.types, ...one.types] })
    }
    const alternatives = [...made.values()]
    const isDynamic = alternatives.some(({ fields }) => fields.some((field) => field.isDynamic))
    const set = { alternatives, isDynamic, last: { look: null, sizeAbove: 0, cost: 0, items: 0 } }
    this.#sets.set(key, set)
    return set
  }

  #alternative(
    type: GraphQLObjectType,
    parts: readonly Part[],
    sized: readonly string[],
    weight: number | null,
  ): Alternative {
    const found = this.#selected.of(type, parts)
    const fields = [...found].map(([key, nodes]) => this.#field(type, key, nodes, sized)).filter((one) => one !== null)
    return { types: [type.name], weight: weight ?? this.#table.weightOf(type), fields, keys: new Set(found.keys()) }
  }

  /** @returns null for what costs nothing and is no list, wherever it is */
  #field(
    parent: GraphQLObjectType,
    key: string,
    found: readonly Found[],
    sized: readonly string[],
  ): CostedField | null {
    const name = found[0]?.node.name.value ?? '__typename'
    if (name === '__typename') return null
    const definition = fieldOn(this.#table.schema, parent, name)
    const isSized = sized.includes(name)
    const cost = this.#table.field(parent, definition)
    const hasArguments = definition.args.length > 0
    // What is the same on several types stands there once.
    const nodes = found.map(({ node, when }) => this.#keyOf(node, when))
    const id = [
      key,
      isSized,
      cost.weight,
      JSON.stringify(cost.listSize),
      definition.type,
      hasArguments && parent,
      ...nodes,
    ]
    const known = this.#fields.get(id.join(' '))
    if (known !== undefined) return known
    const made = this.#newField({ parent, definition, cost, key, found, isSized })
    this.#fields.set(id.join(' '), made)
    return made
  }

  #newField({ parent, definition, cost, key, found, isSized }: FieldParts): CostedField | null {
    const { node } = found[0] as Found
    const { isList, weight, listSize } = cost
    const type = getNamedType(definition.type)
    const input = inputCostOf(this.#table, parent, definition, node)
    const ownSize = listSizeOf(listSize, definition, node, this.#table.sizeAssumed)
    const sizedFields = listSize?.sizedFields ?? []
    const parts = found.flatMap((one) =>
      one.node.selectionSet ? [{ set: one.node.selectionSet, when: one.when }] : [],
    )
    const below = isCompositeType(type) ? this.set(type, parts, sizedFields, weight) : null
    const leafWeight = below === null ? (weight ?? this.#table.weightOf(type)) : null
    if (leafWeight === 0 && input === 0 && !isList) return null
    const when = found.some((each) => each.when.length === 0) ? null : found.map((each) => each.when)
    const size = !isList ? 1 : isSized ? null : ownSize
    const sizeBelow = sizedFields.length === 0 ? null : ownSize
    const isDynamic = when !== null || [size, input, sizeBelow].some(isFunction) || below?.isDynamic === true
    const field = { key, when, size, isList, input, leafWeight, below, sizeBelow, isDynamic }
    return { ...field, constant: isDynamic || size === null ? null : constantOf(field) }
  }

  #keyOf(node: object, when: readonly Condition[]): string {
    return [this.#numberOf(node), ...when.map(({ variable, wanted }) => `${wanted ? '+' : '-'}${variable}`)].join('')
  }

  #numberOf(thing: object): number {
    const known = this.#numbers.get(thing) ?? this.#numbers.size
    this.#numbers.set(thing, known)
    return known
  }
}

interface FieldParts {
  readonly parent: GraphQLObjectType
  readonly definition: GraphQLField<unknown, unknown>
  readonly cost: FieldCost
  readonly key: string
  readonly found: readonly Found[]
  readonly isSized: boolean
}

const isFunction = (value: unknown): value is Size => typeof value === 'function'
