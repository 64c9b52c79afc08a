import type { ApolloServerPlugin } from '@apollo/server'
import { HeaderMap } from '@apollo/server'
import { BREAK, type DocumentNode, GraphQLError, visit } from 'graphql'
import type { RefusalListener } from '#platform/refusals/refusal'
import type { EdgeContext } from '../execution/request-context.ts'

const suggestion = / Did you mean .*\?$/s

/**
 * Keeps the schema from anonymous callers: introspection is refused, and validation suggests no names. `__typename` stays.
 * Not graphql-js's own rule, because that one cannot tell callers apart.
 */
export function guardIntrospection(refusals: RefusalListener): ApolloServerPlugin<EdgeContext> {
  return {
    async requestDidStart({ contextValue }) {
      if (contextValue.caller.kind !== 'anonymous') return
      return {
        async validationDidStart() {
          return async (errors) => {
            for (const error of errors ?? []) error.message = error.message.replace(suggestion, '')
          }
        },
        async didResolveOperation({ document, source }) {
          // Walking the document costs more than looking at its text, where most operations end.
          if (!/__schema|__type\b/.test(source) || !asksForSchema(document)) return
          const { caller, requestId, traceparent } = contextValue
          const coordinate = 'Query.__schema'
          refusals.refused({ caller, coordinate, code: 'UNAUTHENTICATED', requestId, traceparent })
          throw schemaRefused()
        },
      }
    },
  }
}

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

const schemaRefused = () =>
  new GraphQLError('Sign in to read the schema.', {
    extensions: {
      code: 'UNAUTHENTICATED',
      http: { status: 401, headers: new HeaderMap([['www-authenticate', 'Bearer']]) },
    },
  })
