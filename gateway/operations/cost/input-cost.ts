import {
  type FieldNode,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  valueFromASTUntyped,
} from 'graphql'
import type { CostTable } from './cost-table.ts'
import type { Size } from './costed-operation.ts'
import { hasVariables } from './list-size.ts'

/** What the arguments given to a field cost; a number when that is the same whatever the variables. */
export function inputCostOf(
  table: CostTable,
  parent: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
): number | Size {
  let always = 0
  const others: Size[] = []
  for (const { name, value } of node.arguments ?? []) {
    const argument = field.args.find((each) => each.name === name.value)
    if (argument === undefined) continue
    const coordinate = `${parent.name}.${field.name}(${name.value}:)`
    if (!mayCost(table, argument.type, coordinate)) continue
    if (hasVariables(value))
      others.push((variables) => inputCost(table, valueFromASTUntyped(value, variables), argument.type, coordinate))
    else always += inputCost(table, valueFromASTUntyped(value), argument.type, coordinate)
  }
  if (others.length === 0) return always
  return (variables) => others.reduce((sum, cost) => sum + cost(variables), always)
}

const mayCost = (table: CostTable, type: GraphQLInputType, coordinate: string): boolean =>
  isInputObjectType(getNamedType(type)) || table.inputWeight(coordinate, type) !== 0

function inputCost(table: CostTable, value: unknown, type: GraphQLInputType, coordinate: string): number {
  if (value === null || value === undefined) return 0
  const open = isNonNullType(type) ? type.ofType : type
  if (isListType(open) && Array.isArray(value))
    return value.reduce<number>((sum, item) => sum + inputCost(table, item, open.ofType, coordinate), 0)
  const weight = table.inputWeight(coordinate, open)
  const named = getNamedType(open)
  if (!isInputObjectType(named) || typeof value !== 'object') return weight
  return Object.values(named.getFields()).reduce((sum, { name, type: below }) => {
    const inside = (value as Readonly<Record<string, unknown>>)[name]
    return inside === undefined ? sum : sum + inputCost(table, inside, below, `${named.name}.${name}`)
  }, weight)
}
