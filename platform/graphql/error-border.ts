import type { ApolloServerPlugin } from '@apollo/server'
import type { GraphQLError, GraphQLFormattedError } from 'graphql'
import type { Logger } from '../log/logger.ts'

/** Turns one error of an answer into what its caller may read. */
export type ErrorFormatter = (
  formatted: GraphQLFormattedError,
  error: unknown,
  requestId: string,
  log: Logger,
) => GraphQLFormattedError

/** Formats every error of an answer with its request at hand, which Apollo Server's own `formatError` does not have. */
export function errorBorder<C extends { requestId: string; log: Logger }>(
  format: ErrorFormatter,
): ApolloServerPlugin<C> {
  return {
    async requestDidStart() {
      return {
        async willSendResponse({ response, errors, contextValue }) {
          if (response.body.kind !== 'single' || errors === undefined) return
          const result = response.body.singleResult
          const originals: readonly GraphQLError[] = errors
          const errorsForCaller = result.errors?.map((formatted, i) =>
            format(formatted, originals[i], contextValue.requestId, contextValue.log),
          )
          response.body.singleResult = {
            ...result,
            ...(errorsForCaller === undefined ? {} : { errors: errorsForCaller }),
          }
        },
      }
    },
  }
}
