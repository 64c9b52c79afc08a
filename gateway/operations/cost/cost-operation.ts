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
import { type Found, type Part, type Selected, SelectedFields } from './selected-fields.ts'

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
    const selected = this.#selected.of(possibleTypes(this.#table.schema, type), parts)
    const alternatives = selected.flatMap((one) => this.#alternatives(one, sized, weight))
    const isDynamic = alternatives.some(({ fields }) => fields.some((field) => field.isDynamic))
    const set = { alternatives, isDynamic, last: { look: null, sizeAbove: 0, cost: 0, items: 0 } }
    this.#sets.set(key, set)
    return set
  }

  /** One for all types of which the same is selected and for which it costs the same. */
  #alternatives({ types, found }: Selected, sized: readonly string[], weight: number | null): readonly Alternative[] {
    const made = new Map<string, Alternative & { readonly types: string[] }>()
    for (const type of types) {
      const own = weight ?? this.#table.weightOf(type)
      const definitions = [...found.values()].map((nodes) => this.#definition(type, nodes))
      const same = `${own} ${definitions.map((one) => one && this.#table.field(type, one).number).join()}`
      const before = made.get(same)
      if (before !== undefined) before.types.push(type.name)
      else {
        const fields = [...found].map(([key, nodes], i) => this.#field(type, definitions[i] ?? null, key, nodes, sized))
        const costly = fields.filter((field) => field !== null)
        made.set(same, { types: [type.name], weight: own, fields: costly, keys: new Set(found.keys()) })
      }
    }
    return [...made.values()]
  }

  /** @returns null for what never costs anything */
  #definition(type: GraphQLObjectType, nodes: readonly Found[]): GraphQLField<unknown, unknown> | null {
    const name = nodes[0]?.node.name.value ?? '__typename'
    return name === '__typename' ? null : fieldOn(this.#table.schema, type, name)
  }

  /** @returns null for what costs nothing and is no list, wherever it is */
  #field(
    parent: GraphQLObjectType,
    definition: GraphQLField<unknown, unknown> | null,
    key: string,
    found: readonly Found[],
    sized: readonly string[],
  ): CostedField | null {
    if (definition === null) return null
    const isSized = sized.includes(definition.name)
    const cost = this.#table.field(parent, definition)
    // What is the same on several types stands there once.
    const nodes = found.map(({ node, when }) => this.#keyOf(node, when))
    const id = `${key} ${isSized} ${cost.number} ${nodes.join(' ')}`
    const known = this.#fields.get(id)
    if (known !== undefined) return known
    const made = this.#newField({ parent, definition, cost, key, found, isSized })
    this.#fields.set(id, made)
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
    const number = String(this.#numberOf(node))
    return when.reduce((key, { variable, wanted }) => `${key}${wanted ? '+' : '-'}${variable}`, number)
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
