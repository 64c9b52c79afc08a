import { Arg, Args, Ctx, Directive, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Cost } from '#platform/graphql/demand'
import { findPage } from '#platform/graphql/find-page'
import { PageArgs } from '#platform/graphql/page'
import type { IdentityCtx } from '../identity.context.ts'
import { loadMember } from '../membership/membership.queries.ts'
import { passwordHashCost } from '../password/password.limits.ts'
import { User } from '../user/user.graphql.ts'
import { logIn } from './log-in.ts'
import { logOut } from './log-out.ts'
import { logOutEverywhere } from './log-out-everywhere.ts'
import { refreshSession } from './refresh-session.ts'
import { revokeSession } from './revoke-session.ts'
import { Session as SessionEntity } from './session.entity.ts'
import {
  LoginInput,
  LoginResult,
  RefreshSessionInput,
  RevokeSessionInput,
  Session,
  SessionConnection,
  SessionTokens,
  SwitchOrganizationInput,
} from './session.graphql.ts'
import { openSessionsOf } from './session.queries.ts'
import { switchOrganization } from './switch-organization.ts'

@Resolver(() => Session)
export class SessionResolver {
  @Query(() => SessionConnection, {
    nullable: true,
    description:
      'Open sessions, newest first: one’s own, and with `session:read` those of everybody in the organization.',
  })
  sessions(
    @Ctx() ctx: IdentityCtx,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('userId', () => ID, { nullable: true }) userId?: string,
  ) {
    return findPage(ctx, SessionEntity, openSessionsOf(ctx, userId), args)
  }

  @FieldResolver(() => User, { nullable: true })
  user(@Ctx() ctx: IdentityCtx, @Root() session: Session) {
    return loadMember(ctx, session.userId)
  }

  @FieldResolver(() => Boolean)
  isCurrent(@Ctx() ctx: IdentityCtx, @Root() session: Session) {
    return session.id === ctx.caller.sessionId
  }

  @Directive('@tag(name: "authentication")')
  @Cost(passwordHashCost)
  @Mutation(() => LoginResult, { description: 'Signs in with e-mail address and password.' })
  login(@Ctx() ctx: IdentityCtx, @Arg('input', () => LoginInput) input: LoginInput) {
    return logIn(ctx, input)
  }

  @Directive('@tag(name: "authentication")')
  @Mutation(() => SessionTokens, { description: 'Trades a refresh token for new tokens.' })
  refreshSession(@Ctx() ctx: IdentityCtx, @Arg('input', () => RefreshSessionInput) input: RefreshSessionInput) {
    return refreshSession(ctx, input.refreshToken)
  }

  @Directive('@tag(name: "authentication")')
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

  @Mutation(() => Boolean, { description: 'Ends all sessions of the caller, in every organization.' })
  logoutEverywhere(@Ctx() ctx: IdentityCtx) {
    return logOutEverywhere(ctx)
  }

  @Mutation(() => Session, {
    nullable: true,
    description: 'Ends one session: one’s own, or with `session:revoke` anybody’s in the organization.',
  })
  revokeSession(@Ctx() ctx: IdentityCtx, @Arg('input', () => RevokeSessionInput) input: RevokeSessionInput) {
    return revokeSession(ctx, input.sessionId)
  }
}
