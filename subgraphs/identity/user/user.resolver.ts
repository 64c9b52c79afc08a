import { Arg, Args, Ctx, Directive, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { NotFoundError } from '#platform/errors/common-errors'
import { Cost } from '#platform/graphql/demand'
import { findPage } from '#platform/graphql/find-page'
import { PageArgs } from '#platform/graphql/page'
import type { IdentityCtx } from '../identity.context.ts'
import { loadMember, loadMembership, memberOf } from '../membership/membership.queries.ts'
import { passwordHashCost } from '../password/password.limits.ts'
import { acceptInvitation } from './accept-invitation.ts'
import { deactivateUser, reactivateUser } from './deactivate-user.ts'
import { deleteUser } from './delete-user.ts'
import { inviteUser } from './invite-user.ts'
import { updateUser } from './update-user.ts'
import { User as UserEntity } from './user.entity.ts'
import {
  AcceptInvitationInput,
  DeactivateUserInput,
  DeleteUserInput,
  Invitation,
  InviteUserInput,
  ReactivateUserInput,
  UpdateUserInput,
  User,
  UserConnection,
  UserStatus,
} from './user.graphql.ts'

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
  async roles(@Ctx() ctx: IdentityCtx, @Root() user: User) {
    return (await loadMembership(ctx, user.id))?.roles ?? []
  }

  @FieldResolver(() => UserStatus, { nullable: true })
  async status(@Ctx() ctx: IdentityCtx, @Root() user: User) {
    const membership = await loadMembership(ctx, user.id)
    if (membership === null) return UserStatus.FORMER
    return membership.deactivatedAt == null ? UserStatus.ACTIVE : UserStatus.DEACTIVATED
  }

  @Directive('@tag(name: "answer-not-kept")')
  @Mutation(() => Invitation, { description: 'Invites a person into the organization.' })
  inviteUser(@Ctx() ctx: IdentityCtx, @Arg('input', () => InviteUserInput) input: InviteUserInput) {
    return inviteUser(ctx, input)
  }

  @Directive('@tag(name: "authentication")')
  @Cost(passwordHashCost)
  @Mutation(() => User, { description: 'Takes the place that an invitation holds.' })
  acceptInvitation(@Ctx() ctx: IdentityCtx, @Arg('input', () => AcceptInvitationInput) input: AcceptInvitationInput) {
    return acceptInvitation(ctx, input)
  }

  @Mutation(() => User, { description: 'Changes a user’s name: one’s own, or with `user:write` another’s.' })
  updateUser(@Ctx() ctx: IdentityCtx, @Arg('input', () => UpdateUserInput) input: UpdateUserInput) {
    return updateUser(ctx, input)
  }

  @Mutation(() => User, { description: 'Closes every door of this organization to a member, and ends their sessions.' })
  deactivateUser(@Ctx() ctx: IdentityCtx, @Arg('input', () => DeactivateUserInput) input: DeactivateUserInput) {
    return deactivateUser(ctx, input.userId)
  }

  @Mutation(() => User, { description: 'Lets a deactivated member in again.' })
  reactivateUser(@Ctx() ctx: IdentityCtx, @Arg('input', () => ReactivateUserInput) input: ReactivateUserInput) {
    return reactivateUser(ctx, input.userId)
  }

  @Directive('@tag(name: "answer-not-kept")')
  @Mutation(() => User, {
    description:
      'Takes a user out of this organization, oneself or with `user:write` another; answers who it was. Who belongs to no other organization is erased.',
  })
  deleteUser(@Ctx() ctx: IdentityCtx, @Arg('input', () => DeleteUserInput) input: DeleteUserInput) {
    return deleteUser(ctx, input.userId)
  }
}

async function requireMember(ctx: IdentityCtx, id: string): Promise<UserEntity> {
  const user = await loadMember(ctx, id)
  if (user === null) throw new NotFoundError('user')
  return user
}
