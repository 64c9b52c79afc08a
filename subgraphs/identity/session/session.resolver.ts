import { Arg, Ctx, Mutation, Resolver } from 'type-graphql'
import type { IdentityCtx } from '../identity.context.ts'
import { logIn } from './log-in.ts'
import { logOut } from './log-out.ts'
import { refreshSession } from './refresh-session.ts'
import {
  LoginInput,
  LoginResult,
  RefreshSessionInput,
  SessionTokens,
  SwitchOrganizationInput,
} from './session.graphql.ts'
import { switchOrganization } from './switch-organization.ts'

@Resolver()
export class SessionResolver {
  @Mutation(() => LoginResult, { description: 'Signs in with e-mail address and password.' })
  login(@Ctx() ctx: IdentityCtx, @Arg('input', () => LoginInput) input: LoginInput) {
    return logIn(ctx, input)
  }

  @Mutation(() => SessionTokens, { description: 'Trades a refresh token for new tokens.' })
  refreshSession(@Ctx() ctx: IdentityCtx, @Arg('input', () => RefreshSessionInput) input: RefreshSessionInput) {
    return refreshSession(ctx, input.refreshToken)
  }

  @Mutation(() => SessionTokens, { description: 'Opens a session in another of the caller’s organizations.' })
  switchOrganization(
    @Ctx() ctx: IdentityCtx,
    @Arg('input', () => SwitchOrganizationInput) input: SwitchOrganizationInput,
  ) {
    return switchOrganization(ctx, input.organizationId)
  }

  @Mutation(() => Boolean, { description: 'Ends the session of the access token.' })
  logout(@Ctx() ctx: IdentityCtx) {
    return logOut(ctx)
  }
}
