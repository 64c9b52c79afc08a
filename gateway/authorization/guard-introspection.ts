import { BREAK, type DocumentNode, type GraphQLError, visit } from 'graphql'
import { ForbiddenError, UnauthenticatedError } from '#platform/errors/common-errors'
import type { RefusalListener } from '#platform/refusals/refusal'
import { withWords } from '../errors/with-words.ts'
import type { Check } from '../execution/operation.ts'
import type { EdgeContext } from '../execution/request-context.ts'

const suggestion = / Did you mean .*\?$/s

/** Whether a caller may know what the schema has. */
export type MayReadSchema = (context: EdgeContext) => boolean

/**
 * Keeps the schema from whoever may not read it: introspection is refused. `__typename` stays. Not graphql-js's own rule,
 * because that one cannot tell callers apart.
 */
export const guardIntrospection =
  (mayReadSchema: MayReadSchema, refusals: RefusalListener): Check =>
  ({ document, text }, context) => {
    // Walking the document costs more than looking at its text, where most operations end.
    if (!/__schema|__type\b/.test(text) || mayReadSchema(context) || !asksForSchema(document)) return
    const { caller, requestId, traceparent } = context
    const coordinate = 'Query.__schema'
    const error =
      caller.kind === 'anonymous'
        ? new UnauthenticatedError('Sign in to read the schema.')
        : new ForbiddenError('This client may not read the schema.')
    refusals.refused({ caller, coordinate, code: error.code, requestId, traceparent })
    throw error
  }

/** A validation error without the names that it would suggest instead. */
export const withoutSuggestion = (error: GraphQLError): GraphQLError =>
  withWords(error, error.message.replace(suggestion, ''), error.extensions)

function asksForSchema(document: DocumentNode): boolean {
  let found = false
  visit(document, {
    Field: ({ name }) => {
      found = name.value === '__schema' || name.value === '__type'
      return found ? BREAK : undefined
    },
  })
  return found
}
