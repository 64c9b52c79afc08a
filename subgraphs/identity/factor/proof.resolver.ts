import { Arg, Ctx, Directive, Mutation, Resolver } from 'type-graphql'
import { Cost } from '#platform/graphql/demand'
import type { IdentityCtx } from '../identity.context.ts'
import { passwordHashCost } from '../password/password.limits.ts'
import { MfaChallenge } from '../session/mfa-challenge.graphql.ts'
import { SessionTokens } from '../session/session.graphql.ts'
import { completeLogin } from './complete-login.ts'
import { CompleteLoginInput, ReauthenticateInput, Reauthentication } from './factor.graphql.ts'
import { reauthenticate } from './reauthenticate.ts'
import { startPasskeyLogin } from './start-passkey-login.ts'
import { startReauthentication } from './start-reauthentication.ts'

@Resolver()
export class ProofResolver {
  @Directive('@tag(name: "authentication")')
  @Mutation(() => SessionTokens, { description: 'Finishes a sign-in that waits for a proof.' })
  completeLogin(@Ctx() ctx: IdentityCtx, @Arg('input', () => CompleteLoginInput) input: CompleteLoginInput) {
    return completeLogin(ctx, input)
  }

  @Directive('@tag(name: "authentication")')
  @Mutation(() => MfaChallenge, { description: 'Begins a sign-in by passkey alone; `completeLogin` finishes it.' })
  startPasskeyLogin(@Ctx() ctx: IdentityCtx) {
    return startPasskeyLogin(ctx)
  }

  @Directive('@tag(name: "answer-not-kept")')
  @Mutation(() => Reauthentication, { description: 'What `reauthenticate` takes from the caller.' })
  startReauthentication(@Ctx() ctx: IdentityCtx) {
    return startReauthentication(ctx)
  }

  @Directive('@tag(name: "authentication")')
  @Cost(passwordHashCost)
  @Mutation(() => SessionTokens, {
    description: 'Proves anew who uses this session, as sensitive changes need it; its tokens are replaced by these.',
  })
  reauthenticate(@Ctx() ctx: IdentityCtx, @Arg('input', () => ReauthenticateInput) input: ReauthenticateInput) {
    return reauthenticate(ctx, input)
  }
}
