import type { FragmentDefinitionNode } from 'graphql'
import {
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isLeafType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql'
import type { Variables } from '../operation.ts'
import type { PlannedAliases } from '../planned-aliases.ts'

/** A field as the client asked for it, on objects of one type. */
export interface FieldShape {
  /** The name in the answer: alias or name. */
  readonly key: string
  /** The name in what subgraphs answered. */
  readonly from: string
  /** `Type.field`, for errors. */
  readonly coordinate: string
  /** Null for `__typename`. */
  readonly type: GraphQLOutputType | null
  /** Null for a composite type. */
  readonly isValid: ((value: unknown) => boolean) | null
  /** What is selected below; null for a leaf. */
  readonly below: ObjectShape | null
}

/**
 * What objects at one place of an answer look like, by their type: worked out when an object of that type is first met, and
 * kept for as long as the operation is known.
 */
export class ObjectShape {
  readonly #scope: ShapeScope
  readonly #sets: readonly SelectionSetNode[]
  readonly #static: GraphQLCompositeType
  readonly #fields = new Map<string, readonly FieldShape[]>()

  constructor(scope: ShapeScope, type: GraphQLCompositeType, sets: readonly SelectionSetNode[]) {
    this.#scope = scope
    this.#static = type
    this.#sets = sets
  }

  /** The object type of a value here; null when it cannot be told, or is none that may be here. */
  typeOf(typename: unknown): GraphQLObjectType | null {
    if (isObjectType(this.#static)) return this.#static
    const type = typeof typename === 'string' ? this.#scope.schema.getType(typename) : undefined
    if (!isObjectType(type) || !isAbstractType(this.#static)) return null
    return this.#scope.schema.isSubType(this.#static, type) ? type : null
  }

  fieldsOf(type: GraphQLObjectType): readonly FieldShape[] {
    const known = this.#fields.get(type.name)
    if (known !== undefined) return known
    const nodes = new Map<string, FieldNode[]>()
    for (const set of this.#sets) this.#scope.collect(type, set, nodes)
    const fields = [...nodes].flatMap(([key, group]) => this.#scope.field(type, key, group))
    this.#fields.set(type.name, fields)
    return fields
  }
}

/** One operation with its conditions decided. */
export class ShapeScope {
  readonly schema: GraphQLSchema
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly #coerced: Variables
  readonly #aliases: Pick<PlannedAliases, 'keyOf'>

  /** @param coerced the variables that `@skip` and `@include` are decided by */
  constructor(
    schema: GraphQLSchema,
    fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    coerced: Variables,
    aliases: Pick<PlannedAliases, 'keyOf'>,
  ) {
    this.#aliases = aliases
    this.schema = schema
    this.#fragments = fragments
    this.#coerced = coerced
  }

  /** GraphQL §6.3.2, CollectFields. */
  collect(type: GraphQLObjectType, set: SelectionSetNode, nodes: Map<string, FieldNode[]>): void {
    for (const selection of set.selections) {
      if (!this.#isIncluded(selection)) continue
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value
        const group = nodes.get(key)
        if (group === undefined) nodes.set(key, [selection])
        else group.push(selection)
        continue
      }
      const part = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragments.get(selection.name.value)
      if (part !== undefined && this.#applies(part.typeCondition?.name.value, type))
        this.collect(type, part.selectionSet, nodes)
    }
  }

  field(parent: GraphQLObjectType, key: string, nodes: readonly FieldNode[]): readonly FieldShape[] {
    const name = nodes[0]?.name.value ?? ''
    const coordinate = `${parent.name}.${name}`
    const from = this.#aliases.keyOf(key, name)
    if (name === '__typename') return [{ key, from, coordinate, type: null, isValid: null, below: null }]
    const field = parent.getFields()[name]
    // Introspection is answered elsewhere; a field that the schema does not have cannot be in a valid operation.
    if (field === undefined) return []
    const named = getNamedType(field.type)
    if (isLeafType(named)) return [{ key, from, coordinate, type: field.type, isValid: validityOf(named), below: null }]
    const sets = nodes.flatMap(({ selectionSet }) => (selectionSet === undefined ? [] : [selectionSet]))
    const below = new ObjectShape(this, named as GraphQLCompositeType, sets)
    return [{ key, from, coordinate, type: field.type, isValid: null, below }]
  }

  #applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true
    const other = this.schema.getType(condition)
    return isAbstractType(other) && this.schema.isSubType(other, type)
  }

  #isIncluded({ directives = [] }: SelectionSetNode['selections'][number]): boolean {
    return directives.every((directive) => {
      const wanted = directive.name.value === 'include'
      if (!wanted && directive.name.value !== 'skip') return true
      const value = directive.arguments?.find((argument) => argument.name.value === 'if')?.value
      if (value?.kind === Kind.BOOLEAN) return value.value === wanted
      return value?.kind !== Kind.VARIABLE || this.#coerced[value.name.value] === wanted
    })
  }
}

function validityOf(type: GraphQLLeafType): (value: unknown) => boolean {
  if (isEnumType(type)) return (value) => typeof value === 'string' && type.getValue(value) !== undefined
  switch (type.name) {
    case 'Int':
      return Number.isInteger
    case 'Float':
      return (value) => typeof value === 'number'
    case 'String':
      return (value) => typeof value === 'string'
    case 'Boolean':
      return (value) => typeof value === 'boolean'
    case 'ID':
      return (value) => typeof value === 'string' || typeof value === 'number'
    default:
      // What a custom scalar may hold only its subgraph knows.
      return () => true
  }
}
