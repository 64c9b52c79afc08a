import {
  type FieldNode,
  type FragmentDefinitionNode,
  type FragmentSpreadNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  type InlineFragmentNode,
  isAbstractType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import { allHold, type Condition, conditionsOf } from '../../authorization/pruning/conditions.ts'
import { CostUnknownError } from './cost.errors.ts'

/** A selection set where it was found, with the conditions around it that depend on variables. */
export interface Part {
  readonly set: SelectionSetNode
  readonly when: readonly Condition[]
}

export interface Found {
  readonly node: FieldNode
  readonly when: readonly Condition[]
}

export interface Selected {
  readonly types: readonly GraphQLObjectType[]
  readonly found: ReadonlyMap<string, readonly Found[]>
}

/** How often a field or a fragment is looked at for one operation: some 100 ms at most. */
const looksMax = 200_000

/** Collects the fields of one operation, with its fragments seen through. */
export class SelectedFields {
  readonly #schema: GraphQLSchema
  readonly #operation: OperationDefinitionNode
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>
  #looks = 0

  constructor(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  ) {
    this.#schema = schema
    this.#operation = operation
    this.#fragments = fragments
  }

  /**
   * What is selected of an object by key (GraphQL §6.3.2), for each of the types that it may be of; what is never included is
   * left out. Types to which the same fragments apply stand together.
   *
   * @throws CostUnknownError when there is more to it than can be looked at
   */
  of(possible: readonly GraphQLObjectType[], parts: readonly Part[]): readonly Selected[] {
    const conditions = possible.length === 1 ? [] : [...this.#conditionsIn(parts)]
    const groups = new Map<string, GraphQLObjectType[]>()
    for (const type of possible) {
      const applying = conditions.map((condition) => (this.#applies(condition, type) ? 1 : 0)).join('')
      const group = groups.get(applying)
      if (group === undefined) groups.set(applying, [type])
      else group.push(type)
    }
    return [...groups.values()].map((types) => {
      const found = new Map<string, Found[]>()
      for (const part of parts) this.#collect(types[0] as GraphQLObjectType, part, found)
      this.#look(found.size * types.length)
      return { types, found }
    })
  }

  /** The types that fragments anywhere in a selection set are for. */
  #conditionsIn(parts: readonly { readonly set: SelectionSetNode }[], into = new Set<string>()): ReadonlySet<string> {
    for (const { set } of parts) {
      for (const selection of set.selections) {
        if (selection.kind === Kind.FIELD) continue
        const part = this.#fragmentOf(selection)
        if (part === undefined) continue
        this.#look(1)
        if (part.typeCondition !== undefined) into.add(part.typeCondition.name.value)
        this.#conditionsIn([{ set: part.selectionSet }], into)
      }
    }
    return into
  }

  #fragmentOf(selection: InlineFragmentNode | FragmentSpreadNode) {
    return selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragments.get(selection.name.value)
  }

  #look(times: number): void {
    this.#looks += times
    if (this.#looks > looksMax) throw new CostUnknownError()
  }

  #collect(type: GraphQLObjectType, { set, when: around }: Part, found: Map<string, Found[]>): void {
    for (const selection of set.selections) {
      const when = selection.directives?.length ? this.#withConditions(selection, around) : around
      if (when === null) continue
      if (selection.kind === Kind.FIELD) this.#add(found, { node: selection, when })
      else {
        const part = this.#fragmentOf(selection)
        if (part === undefined || !this.#applies(part.typeCondition?.name.value, type)) continue
        this.#collect(type, { set: part.selectionSet, when }, found)
      }
    }
  }

  /** @returns null for what is never included */
  #withConditions(selection: SelectionNode, around: readonly Condition[]): readonly Condition[] | null {
    const conditions = conditionsOf(selection, this.#operation.variableDefinitions)
    const stated = conditions.filter(({ variable }) => variable === null)
    if (!allHold(stated, {})) return null
    return [...around, ...conditions.filter(({ variable }) => variable !== null)]
  }

  #add(found: Map<string, Found[]>, one: Found): void {
    this.#look(1)
    const key = one.node.alias?.value ?? one.node.name.value
    const before = found.get(key)
    if (before === undefined) found.set(key, [one])
    else before.push(one)
  }

  #applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true
    const named = this.#schema.getType(condition)
    return isAbstractType(named) && this.#schema.isSubType(named, type)
  }
}
