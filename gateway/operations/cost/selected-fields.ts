import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  Kind,
  type OperationDefinitionNode,
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

/** The fields that are looked at for one operation: each counts once for every way in which types can lead to it. */
const fieldsMax = 50_000

/** Collects the fields of one operation, with its fragments seen through. */
export class SelectedFields {
  readonly #schema: GraphQLSchema
  readonly #operation: OperationDefinitionNode
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>
  #seen = 0

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
   * What is selected of an object of one type by key (GraphQL §6.3.2); what is never included is left out.
   *
   * @throws CostUnknownError when there is more to it than can be looked at
   */
  of(type: GraphQLObjectType, parts: readonly Part[]): ReadonlyMap<string, readonly Found[]> {
    const found = new Map<string, Found[]>()
    for (const part of parts) this.#collect(type, part, found)
    return found
  }

  #collect(type: GraphQLObjectType, { set, when: around }: Part, found: Map<string, Found[]>): void {
    for (const selection of set.selections) {
      const conditions = conditionsOf(selection, this.#operation.variableDefinitions)
      const stated = conditions.filter(({ variable }) => variable === null)
      if (!allHold(stated, {})) continue
      const own = conditions.filter(({ variable }) => variable !== null)
      const when = own.length === 0 ? around : [...around, ...own]
      if (selection.kind === Kind.FIELD) this.#add(found, { node: selection, when })
      else {
        const part = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragments.get(selection.name.value)
        if (part === undefined || !this.#applies(part.typeCondition?.name.value, type)) continue
        this.#collect(type, { set: part.selectionSet, when }, found)
      }
    }
  }

  #add(found: Map<string, Found[]>, one: Found): void {
    this.#seen += 1
    if (this.#seen > fieldsMax) throw new CostUnknownError()
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
