import { Arg, Args, Ctx, Directive, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { NotFoundError } from '#platform/errors/common-errors'
import { findPage } from '#platform/graphql/find-page'
import { PageArgs } from '#platform/graphql/page'
import type { IdentityCtx } from '../identity.context.ts'
import { loadMember, loadRoles, memberOf } from '../membership/membership.queries.ts'
import { acceptInvitation } from './accept-invitation.ts'
import { inviteUser } from './invite-user.ts'
import { User as UserEntity } from './user.entity.ts'
import { AcceptInvitationInput, Invitation, InviteUserInput, User, UserConnection } from './user.graphql.ts'

@Resolver(() => User)
export class UserResolver {
  @Query(() => User, { description: 'The signed-in user.' })
  me(@Ctx() ctx: IdentityCtx) {
    return requireMember(ctx, ctx.caller.userId ?? '')
  }

  @Query(() => User, { nullable: true, description: 'A member of the organization.' })
  user(@Ctx() ctx: IdentityCtx, @Arg('id', () => ID) id: string) {
    return requireMember(ctx, id)
  }

  @Query(() => UserConnection, {
    nullable: true,
    description: 'The members of the organization, newest account first.',
  })
  users(@Ctx() ctx: IdentityCtx, @Args(() => PageArgs) args: PageArgs) {
    return findPage(ctx, UserEntity, memberOf(ctx), args)
  }

  @FieldResolver(() => String, { nullable: true })
  email(@Root() user: UserEntity) {
    return user.kind === 'service' ? null : user.email
  }

  @FieldResolver(() => [String], { nullable: true })
  roles(@Ctx() ctx: IdentityCtx, @Root() user: User) {
    return loadRoles(ctx, user.id)
  }

  @Mutation(() => Invitation, { description: 'Invites a person into the organization.' })
  inviteUser(@Ctx() ctx: IdentityCtx, @Arg('input', () => InviteUserInput) input: InviteUserInput) {
    return inviteUser(ctx, input)
  }

  @Directive('@tag(name: "authentication")')
  @Mutation(() => User, { description: 'Takes the place that an invitation holds.' })
  acceptInvitation(@Ctx() ctx: IdentityCtx, @Arg('input', () => AcceptInvitationInput) input: AcceptInvitationInput) {
    return acceptInvitation(ctx, input)
  }
}

async function requireMember(ctx: IdentityCtx, id: string): Promise<UserEntity> {
  const user = await loadMember(ctx, id)
  if (user === null) throw new NotFoundError('user')
  return user
}
