import { type ConstDirectiveNode, type GraphQLSchema, isObjectType, Kind } from 'graphql'

/** For how long answers with this in them may be kept, and whether by all who have the same rights. */
export interface CacheHint {
  readonly maxAgeSeconds: number
  readonly scope: 'PUBLIC' | 'PRIVATE'
}

/** By type, or `Type.field`. A type that is not named may not be kept, nor an answer with an object of it. */
export type CacheHints = Readonly<Record<string, CacheHint>>

/**
 * Says to Apollo Server what `@cacheControl` says in an SDL. It reads the directive off the schema's nodes; written there it
 * need not stand in the SDL, from where its enum would become a type of the public API.
 *
 * @throws Error for a type or field that the schema does not have
 */
export function hintCaching(schema: GraphQLSchema, hints: CacheHints): GraphQLSchema {
  for (const [coordinate, hint] of Object.entries(hints)) {
    const [typeName = '', fieldName] = coordinate.split('.')
    const type = schema.getType(typeName)
    const place = !isObjectType(type) ? undefined : fieldName === undefined ? type : type.getFields()[fieldName]
    if (place?.astNode == null) throw new Error(`A cache hint names ${coordinate}, which the schema does not have.`)
    place.astNode = {
      ...place.astNode,
      directives: [...(place.astNode.directives ?? []), directiveOf(hint)],
    } as typeof place.astNode
  }
  return schema
}

const directiveOf = ({ maxAgeSeconds, scope }: CacheHint): ConstDirectiveNode => ({
  kind: Kind.DIRECTIVE,
  name: name('cacheControl'),
  arguments: [
    { kind: Kind.ARGUMENT, name: name('maxAge'), value: { kind: Kind.INT, value: `${maxAgeSeconds}` } },
    { kind: Kind.ARGUMENT, name: name('scope'), value: { kind: Kind.ENUM, value: scope } },
  ],
})

const name = (value: string) => ({ kind: Kind.NAME, value }) as const
