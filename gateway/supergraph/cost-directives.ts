import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  Kind,
} from 'graphql'
import { argumentsOf } from '#platform/access/security-features'
import { linkedDirective } from './linked-directive.ts'

/** `@listSize` of one field, as composition merged it. */
export interface ListSize {
  /** How many entries there are when no argument says it; null: as many as in any list. */
  readonly assumedSize: number | null
  /** The arguments that say it. */
  readonly slicingArguments: readonly string[]
  /** The fields below whose size it is; empty when it is the field's own. */
  readonly sizedFields: readonly string[]
  readonly requireOneSlicingArgument: boolean
}

/** What a supergraph says of what things cost. Coordinates are `Type.field`, `Type.field(argument:)` and `Input.field`. */
export interface CostDirectives {
  /** `@cost(weight:)` of types, fields, arguments and input fields. */
  readonly weights: ReadonlyMap<string, number>
  readonly listSizes: ReadonlyMap<string, ListSize>
}

const costFeature = /^https:\/\/specs\.apollo\.dev\/cost\/v0\.\d+$/

/** Reads the demand control directives of Federation 2.9 from a composed supergraph; one without them says nothing. */
export function readCostDirectives(supergraph: DocumentNode): CostDirectives {
  const cost = linkedDirective(supergraph, costFeature, 'cost')
  const listSize = linkedDirective(supergraph, costFeature, 'listSize')
  const weights = new Map<string, number>()
  const listSizes = new Map<string, ListSize>()
  if (cost === undefined) return { weights, listSizes }

  const weigh = (coordinate: string, node: Annotated) => {
    const weight = node.directives?.find(({ name }) => name.value === cost)
    if (weight !== undefined) weights.set(coordinate, Number(argumentsOf(weight).weight))
  }
  const readField = (type: string, field: FieldDefinitionNode | InputValueDefinitionNode) => {
    const coordinate = `${type}.${field.name.value}`
    weigh(coordinate, field)
    const size = field.directives?.find(({ name }) => name.value === listSize)
    if (size !== undefined) listSizes.set(coordinate, listSizeOf(size))
    if (field.kind !== Kind.FIELD_DEFINITION) return
    for (const argument of field.arguments ?? []) weigh(`${coordinate}(${argument.name.value}:)`, argument)
  }
  for (const definition of supergraph.definitions) {
    if (!('name' in definition) || definition.name === undefined || !('directives' in definition)) continue
    weigh(definition.name.value, definition as Annotated)
    if (!('fields' in definition)) continue
    for (const field of definition.fields ?? []) readField(definition.name.value, field)
  }
  return { weights, listSizes }
}

interface Annotated {
  readonly directives?: readonly ConstDirectiveNode[] | undefined
}

function listSizeOf(node: ConstDirectiveNode): ListSize {
  const given = argumentsOf(node) as { [Name in keyof ListSize]?: ListSize[Name] | null }
  return {
    assumedSize: given.assumedSize === undefined || given.assumedSize === null ? null : Number(given.assumedSize),
    slicingArguments: given.slicingArguments ?? [],
    sizedFields: given.sizedFields ?? [],
    requireOneSlicingArgument: given.requireOneSlicingArgument ?? true,
  }
}
