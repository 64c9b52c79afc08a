import { type GraphQLSchema, isObjectType, valueFromASTUntyped } from 'graphql'

/** The fields of a subgraph's schema that carry `@tag(name:)`, as `Type.field`. */
export function taggedFields(schema: GraphQLSchema, tag: string): ReadonlySet<string> {
  const coordinates = new Set<string>()
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue
    for (const field of Object.values(type.getFields())) {
      const isTagged = field.astNode?.directives?.some(
        ({ name, arguments: given = [] }) =>
          name.value === 'tag' && given.some(({ value }) => valueFromASTUntyped(value) === tag),
      )
      if (isTagged) coordinates.add(`${type.name}.${field.name}`)
    }
  }
  return coordinates
}
