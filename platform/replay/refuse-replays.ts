import type { ApolloServerPlugin } from '@apollo/server'
import { GraphQLError, OperationTypeNode } from 'graphql'
import type { Signed } from '../caller/message-signature.ts'
import { DomainError } from '../errors/domain-error.ts'
import type { Ctx } from '../graphql/context.ts'
import type { NonceStore } from './nonce-store.ts'

/** A signed request came a second time. It says nothing about the caller, so it is no refusal of theirs. */
class RequestReplayedError extends DomainError {
  constructor() {
    super('UNAUTHENTICATED', 'This address answers the gateway only.', { internal: 'a mutation was sent again' })
  }
}

/**
 * Refuses a mutation whose signature was used before, at this process or another, before anything of it is executed.
 * Queries change nothing and cost no statement: their nonces are remembered by the process alone.
 */
export function refuseReplays(nonces: NonceStore): ApolloServerPlugin<Ctx & { readonly signed: Signed }> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ operation, contextValue: { signed } }) {
          if (operation?.operation !== OperationTypeNode.MUTATION || (await nonces.firstUse(signed))) return
          const error = new RequestReplayedError()
          const { code, message } = error
          throw new GraphQLError(message, { originalError: error, extensions: { code, http: { status: 401 } } })
        },
      }
    },
  }
}
