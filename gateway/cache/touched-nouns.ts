import {
  buildASTSchema,
  type DocumentNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { nounOf } from './tags.ts'

/** The nouns of all things that an answer to an operation may speak of. */
export type NounsIn = (document: DocumentNode) => readonly string[]

export function nounsOver(schema: GraphQLSchema): NounsIn {
  return (document) => {
    const nouns = new Set<string>()
    const add = (type: GraphQLNamedType | null | undefined) => {
      if (isObjectType(type)) nouns.add(nounOf(type.name))
      else if (isAbstractType(type)) for (const each of schema.getPossibleTypes(type)) nouns.add(nounOf(each.name))
    }
    const info = new TypeInfo(schema)
    visit(
      document,
      visitWithTypeInfo(info, {
        Field: () => add(getNamedType(info.getType())),
        // Below `_entities`, which the supergraph does not have, fragments alone say what is there.
        InlineFragment: ({ typeCondition }) => add(typeCondition && schema.getType(typeCondition.name.value)),
      }),
    )
    return [...nouns]
  }
}

/** Over a supergraph as its planner has it, for the operations that it sends to subgraphs. */
export function nounsOfFetches(sdl: string): (query: string) => readonly string[] {
  let nounsIn: NounsIn | undefined
  return (query) => {
    // Read only once something may be kept.
    nounsIn ??= nounsOver(buildASTSchema(parse(sdl, { noLocation: true }), { assumeValid: true, assumeValidSDL: true }))
    return nounsIn(parse(query, { noLocation: true }))
  }
}
