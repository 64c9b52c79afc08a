import type { ApolloServerPlugin } from '@apollo/server'
import { markErrors } from '../telemetry/error-codes.ts'
import type { Ctx } from './context.ts'

/** Marks the request's span with the codes of its answer's errors. After the error border, so that it reads what leaves. */
export const traceErrors: ApolloServerPlugin<Ctx> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response: { body }, contextValue: { span } }) {
        if (span === undefined || body.kind !== 'single') return
        markErrors(
          span,
          (body.singleResult.errors ?? []).map(({ extensions }) => extensions?.code),
        )
      },
    }
  },
}
