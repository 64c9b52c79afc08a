import type { ApolloServerPlugin } from '@apollo/server'
import { HeaderMap } from '@apollo/server'
import { GraphQLError, OperationTypeNode } from 'graphql'
import { SubgraphUnavailableError } from '../errors/edge.errors.ts'
import type { EdgeContext } from '../execution/request-context.ts'
import type { RevocationList } from './revocation-list.ts'

/**
 * While the revocation list cannot be read, a right that was taken away would go on unnoticed until its token ends. So
 * nothing is changed on the strength of such a token; queries go on, else one dead subgraph would silence all.
 */
export function confirmRights(
  revocations: Pick<RevocationList, 'isStale' | 'refresh'>,
): ApolloServerPlugin<EdgeContext> {
  return {
    async requestDidStart({ contextValue }) {
      if (contextValue.caller.kind === 'anonymous') return
      return {
        async didResolveOperation({ operation }) {
          if (operation?.operation === OperationTypeNode.QUERY || !revocations.isStale) return
          // The issuer may have come back since: then nobody need try again.
          await revocations.refresh()
          if (revocations.isStale) throw unconfirmed()
        },
      }
    },
  }
}

function unconfirmed(): GraphQLError {
  const { message, code } = new SubgraphUnavailableError(
    'Your rights cannot be confirmed right now, so nothing is changed. Try again in a moment.',
  )
  const http = { status: 503, headers: new HeaderMap([['retry-after', '5']]) }
  return new GraphQLError(message, { extensions: { code, http } })
}
