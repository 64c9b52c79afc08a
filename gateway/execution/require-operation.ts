import type { ApolloServerPlugin } from '@apollo/server'
import { GraphQLError } from 'graphql'
import type { EdgeContext } from './request-context.ts'

/**
 * Refuses a document of which it is unclear which operation to run, and a kind of operation that the schema does not have
 * (GraphQL §6.1). Apollo Server leaves both to execution, where the gateway takes them for faults of its own.
 */
export const requireOperation: ApolloServerPlugin<EdgeContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation, request, schema }) {
        if (operation === undefined)
          throw refusal(
            request.operationName === undefined
              ? 'Say by operationName which operation of the document to run.'
              : 'The document has no operation of that name.',
          )
        if (schema.getRootType(operation.operation) == null)
          throw refusal(`The schema has no ${operation.operation} operations.`)
      },
    }
  },
}

const refusal = (message: string) =>
  new GraphQLError(message, { extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } } })
