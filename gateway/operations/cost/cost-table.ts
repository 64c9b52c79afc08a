import {
  type GraphQLField,
  type GraphQLInputType,
  GraphQLInt,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import type { CostDirectives, ListSize } from '../../supergraph/cost-directives.ts'

/** What a field costs wherever it stands on one object type; one object for all fields that are the same in this. */
export interface FieldCost {
  readonly number: number
  /** Of each thing that it answers with, in place of what things of its type cost; null when it says nothing of it. */
  readonly weight: number | null
  readonly isList: boolean
  readonly listSize: ListSize | null
}

/** The lists of introspection, so that all of a schema at once is cheap and lists within lists are not. */
const introspectionSizes: Readonly<Record<string, number>> = { '__Schema.types': 5, '__Schema.directives': 5 }
const introspectionSize = 2

/** Relay's own arguments, and the fields of a connection that they size (Relay Cursor Connections). */
const relayArguments = ['first', 'last']
const relayLists = ['edges', 'nodes']

/**
 * What things cost over one supergraph, by the static cost of IBM's specification as Federation 2.9 has it: objects and input
 * objects 1, scalars and enum values 0, unless `@cost` says otherwise; lists are as long as `@listSize` says. A list without
 * it, of which Relay's `first` and `last` say nothing either, is taken to have `sizeAssumed` entries.
 */
export class CostTable {
  readonly schema: GraphQLSchema
  readonly sizeAssumed: number
  readonly #directives: CostDirectives
  readonly #fields = new Map<GraphQLObjectType, Map<string, FieldCost>>()
  readonly #distinct = new Map<string, FieldCost>()

  constructor(schema: GraphQLSchema, directives: CostDirectives, sizeAssumed: number) {
    this.schema = schema
    this.sizeAssumed = sizeAssumed
    this.#directives = directives
  }

  /** What one thing of a type costs where its field says nothing. */
  weightOf(type: { readonly name: string }): number {
    const named = this.schema.getType(type.name)
    const isObject = isCompositeType(named) || isInputObjectType(named)
    return this.#directives.weights.get(type.name) ?? (isObject ? 1 : 0)
  }

  field(parent: GraphQLObjectType, field: GraphQLField<unknown, unknown>): FieldCost {
    let ofParent = this.#fields.get(parent)
    if (ofParent === undefined) {
      ofParent = new Map()
      this.#fields.set(parent, ofParent)
    }
    const known = ofParent.get(field.name)
    if (known !== undefined) return known
    const made = this.#distinctly(parent, field)
    ofParent.set(field.name, made)
    return made
  }

  #distinctly(parent: GraphQLObjectType, field: GraphQLField<unknown, unknown>): FieldCost {
    const coordinate = `${parent.name}.${field.name}`
    const read = <T>(from: ReadonlyMap<string, T>): T | null =>
      from.size === 0 ? null : first(from, parent, field.name)
    const isList = isListOf(field.type)
    const listSize = parent.name.startsWith('__')
      ? sizeOnly(introspectionSizes[coordinate] ?? introspectionSize)
      : (read(this.#directives.listSizes) ?? relaySize(field, isList))
    const weight = read(this.#directives.weights)
    const input = field.args.map(
      ({ name, type }) => `${name} ${type} ${this.inputWeight(`${coordinate}(${name}:)`, type)}`,
    )
    const same = `${field.name} ${field.type} ${weight} ${listSize && JSON.stringify(listSize)} ${input.join()}`
    const known = this.#distinct.get(same)
    if (known !== undefined) return known
    const made = { number: this.#distinct.size, weight, isList, listSize }
    this.#distinct.set(same, made)
    return made
  }

  /** What it costs to give an argument, or a field of an input object, a value that is no object. */
  inputWeight(coordinate: string, type: GraphQLInputType): number {
    const own = this.#directives.weights.get(coordinate)
    return own ?? this.weightOf(getNamedType(type))
  }
}

const isListOf = (type: GraphQLOutputType): boolean => isListType(isNonNullType(type) ? type.ofType : type)

const sizeOnly = (assumedSize: number): ListSize => ({
  assumedSize,
  slicingArguments: [],
  sizedFields: [],
  requireOneSlicingArgument: false,
})

/** What is stated of a field at its type, or else at an interface that it implements. */
function first<T>(from: ReadonlyMap<string, T>, parent: GraphQLObjectType, field: string): T | null {
  for (const { name } of [parent, ...parent.getInterfaces()]) {
    const found = from.get(`${name}.${field}`)
    if (found !== undefined) return found
  }
  return null
}

/** What Relay's convention says of a field that has its arguments. */
function relaySize({ type, args }: GraphQLField<unknown, unknown>, isList: boolean): ListSize | null {
  const slicingArguments = args
    .filter((argument) => relayArguments.includes(argument.name) && getNamedType(argument.type) === GraphQLInt)
    .map(({ name }) => name)
  if (slicingArguments.length === 0) return null
  const connection = getNamedType(type)
  const lists = isObjectType(connection) || isInterfaceType(connection) ? connection.getFields() : {}
  const sizedFields = relayLists.filter((name) => lists[name] !== undefined && isListOf(lists[name].type))
  if (!isList && sizedFields.length === 0) return null
  return {
    assumedSize: null,
    slicingArguments,
    sizedFields: isList ? [] : sizedFields,
    requireOneSlicingArgument: false,
  }
}
