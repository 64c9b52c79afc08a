import { type FieldNode, type GraphQLField, Kind, type ValueNode, valueFromASTUntyped, visit } from 'graphql'
import { InvalidInputError } from '#platform/errors/common-errors'
import type { Variables } from '../../execution/operation.ts'
import type { ListSize } from '../../supergraph/cost-directives.ts'
import type { Size } from './costed-operation.ts'

/**
 * How many entries `@listSize` lets a list have: the largest of its slicing arguments, or else what is assumed.
 *
 * @param sizeAssumed for lists of which nothing is stated
 * @returns a number when it is the same whatever the variables
 * @throws InvalidInputError, at once or when asked, where exactly one slicing argument is required and is not there
 */
export function listSizeOf(
  size: ListSize | null,
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  sizeAssumed: number,
): number | Size {
  if (size === null) return sizeAssumed
  const { slicingArguments, requireOneSlicingArgument } = size
  const otherwise = size.assumedSize ?? sizeAssumed
  if (slicingArguments.length === 0) return otherwise
  const sources = slicingArguments.map((name) => sourceOf(name, field, node))
  const decide: Size = (variables) => {
    const given = sources.map((source) => entries(source(variables))).filter((count) => count !== null)
    if (requireOneSlicingArgument && given.length !== 1)
      throw new InvalidInputError(`${field.name} must be given exactly one of ${slicingArguments.join(', ')}.`)
    return given.length === 0 ? otherwise : Math.max(...given)
  }
  return sources.every((source) => source.length === 0) ? decide({}) : decide
}

/** Below zero there is nothing: else one list could pay for another. */
const entries = (value: unknown): number | null =>
  typeof value === 'number' && !Number.isNaN(value) ? Math.max(0, value) : null

/** Reads an argument; a function without parameters where no variable is in it. */
function sourceOf(
  name: string,
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
): (variables: Variables) => unknown {
  const value = node.arguments?.find((argument) => argument.name.value === name)?.value
  if (value === undefined) {
    const byDefault = field.args.find((argument) => argument.name === name)?.defaultValue
    return () => byDefault
  }
  if (value.kind === Kind.VARIABLE) {
    const variable = value.name.value
    return (variables) => variables[variable]
  }
  const stated = valueFromASTUntyped(value)
  return () => stated
}

/** Whether a value depends on variables. */
export function hasVariables(value: ValueNode): boolean {
  let found = value.kind === Kind.VARIABLE
  if (!found && (value.kind === Kind.LIST || value.kind === Kind.OBJECT))
    visit(value, {
      Variable: () => {
        found = true
      },
    })
  return found
}
