import type { ApolloServerPlugin } from '@apollo/server'
import type { EdgeContext } from './request-context.ts'

const nameLengthMax = 100

/** Puts kind and name of the operation, and the codes of its errors, into the request's line in the log. */
export const nameOperation: ApolloServerPlugin<EdgeContext> = {
  async requestDidStart({ contextValue: { logFields } }) {
    return {
      async didResolveOperation({ operation, operationName }) {
        logFields.operation = operation?.operation
        if (operationName !== null) logFields.operationName = operationName.slice(0, nameLengthMax)
      },
      async willSendResponse({ errors = [] }) {
        if (errors.length > 0) logFields.errorCodes = [...new Set(errors.map((error) => error.extensions.code))]
      },
    }
  },
}
