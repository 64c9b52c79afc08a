import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql'
import { findPage } from '#platform/graphql/find-page'
import { PageArgs } from '#platform/graphql/page'
import type { IdentityCtx } from '../identity.context.ts'
import { Invitation as InvitationEntity } from './invitation.entity.ts'
import { openInvitations } from './invitation.status.ts'
import { revokeInvitation } from './revoke-invitation.ts'
import { Invitation, InvitationConnection, RevokeInvitationInput } from './user.graphql.ts'

@Resolver(() => Invitation)
export class InvitationResolver {
  @Query(() => InvitationConnection, {
    nullable: true,
    description: 'Invitations that can still be accepted, newest first.',
  })
  invitations(@Ctx() ctx: IdentityCtx, @Args(() => PageArgs) args: PageArgs) {
    return findPage(ctx, InvitationEntity, openInvitations(new Date()), args)
  }

  @Mutation(() => Invitation, { description: 'Takes back an invitation that was not accepted yet.' })
  revokeInvitation(@Ctx() ctx: IdentityCtx, @Arg('input', () => RevokeInvitationInput) input: RevokeInvitationInput) {
    return revokeInvitation(ctx, input.invitationId)
  }
}
