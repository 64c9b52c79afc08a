import type { ApolloServerPlugin } from '@apollo/server'
import { GraphQLError } from 'graphql'
import type { EdgeContext } from './request-context.ts'

/**
 * Refuses a document of which it is unclear which operation to run (GraphQL §6.1). Apollo Server leaves that to execution,
 * where the gateway takes it for a fault of its own.
 */
export const requireOperation: ApolloServerPlugin<EdgeContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation, request }) {
        if (operation !== undefined) return
        const message =
          request.operationName === undefined
            ? 'Say by operationName which operation of the document to run.'
            : 'The document has no operation of that name.'
        throw new GraphQLError(message, { extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } } })
      },
    }
  },
}
