import { readFileSync } from 'node:fs'
import { Supergraph } from '@apollo/federation-internals'
import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isNonNullType,
  isObjectType,
} from 'graphql'

/** The schema that clients see of the committed supergraph. */
export const clientSchema = (): GraphQLSchema =>
  Supergraph.build(readFileSync('gateway/supergraph.graphql', 'utf8'), { supportedFeatures: null })
    .apiSchema()
    .toGraphQLJSSchema()

export interface RootField {
  readonly root: 'Query' | 'Mutation' | 'Subscription'
  /** `Query.agent` */
  readonly name: string
  readonly field: GraphQLField<unknown, unknown>
}

/** Every query, mutation and subscription of a schema. */
export function rootFields(schema: GraphQLSchema): RootField[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  return roots.flatMap((type) =>
    Object.values(type?.getFields() ?? {}).map((field) => ({
      root: type?.name as RootField['root'],
      name: `${type?.name}.${field.name}`,
      field,
    })),
  )
}

/**
 * An operation that asks one root field for everything that is down to `levels` objects below it, each argument of the
 * root field being a variable of its own name.
 */
export function operationOn(schema: GraphQLSchema, { root, field }: RootField, levels: number): string {
  const variables = field.args.map(({ name, type }) => `$${name}: ${type}`).join(', ')
  const passed = field.args.map(({ name }) => `${name}: $${name}`).join(', ')
  const selection = selectionOf(schema, getNamedType(field.type), levels, [])
  const inParentheses = (text: string) => (text === '' ? '' : `(${text})`)
  return `${root.toLowerCase()} ${inParentheses(variables)} { ${field.name}${inParentheses(passed)}${selection} }`
}

/** What is asked of a type; a type within itself is left out, so that the operation stays finite whatever the levels. */
function selectionOf(
  schema: GraphQLSchema,
  type: GraphQLNamedType,
  levels: number,
  above: readonly GraphQLNamedType[],
): string {
  if (isAbstractType(type)) {
    const possible = schema.getPossibleTypes(type).filter((each) => !above.includes(each))
    const parts = possible.map((each) => `... on ${each.name}${selectionOf(schema, each, levels, above)}`)
    return ` { __typename ${parts.join(' ')} }`
  }
  if (!isObjectType(type)) return ''
  const fields = Object.values(type.getFields())
    .filter(({ args }) => !args.some((arg) => isNonNullType(arg.type) && arg.defaultValue === undefined))
    .flatMap((field) => {
      const named = getNamedType(field.type)
      const isLeaf = !isObjectType(named) && !isAbstractType(named)
      if (isLeaf) return [field.name]
      return levels === 0 || [...above, type].includes(named)
        ? []
        : [`${field.name}${selectionOf(schema, named, levels - 1, [...above, type])}`]
    })
  return ` { ${['__typename', ...fields].join(' ')} }`
}
