import type { IdentityCtx } from '../../subgraphs/identity/identity.context.ts'
import { logIn } from '../../subgraphs/identity/session/log-in.ts'
import type { LoginInput, SessionTokens } from '../../subgraphs/identity/session/session.graphql.ts'

/** Signs in with a password alone. @throws Error when a second factor is asked for */
export async function signInByPassword(ctx: IdentityCtx, account: LoginInput): Promise<SessionTokens> {
  const answer = await logIn(ctx, account)
  if ('challengeToken' in answer) throw new Error('A second factor is asked for.')
  return answer
}
