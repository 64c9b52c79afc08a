import { GraphQLError, type GraphQLErrorExtensions } from 'graphql'

/** The same error, at the same place of the document, in other words. */
export const withWords = (error: GraphQLError, message: string, extensions: GraphQLErrorExtensions): GraphQLError =>
  new GraphQLError(message, {
    nodes: error.nodes ?? null,
    source: error.source ?? null,
    positions: error.positions ?? null,
    extensions,
  })
