import { Arg, Ctx, Directive, FieldResolver, Mutation, Resolver, Root } from 'type-graphql'
import { Cost } from '#platform/graphql/demand'
import type { IdentityCtx } from '../identity.context.ts'
import { loadMember } from '../membership/membership.queries.ts'
import { User } from '../user/user.graphql.ts'
import { changePassword } from './change-password.ts'
import { createPasswordResetLink, type PasswordResetLink as Link } from './create-password-reset-link.ts'
import {
  ChangePasswordInput,
  CreatePasswordResetLinkInput,
  PasswordResetLink,
  RequestPasswordResetInput,
  ResetPasswordInput,
} from './password.graphql.ts'
import { passwordHashCost } from './password.limits.ts'
import { requestPasswordReset } from './request-password-reset.ts'
import { resetPassword } from './reset-password.ts'

@Resolver(() => PasswordResetLink)
export class PasswordResolver {
  @FieldResolver(() => User, { nullable: true })
  user(@Ctx() ctx: IdentityCtx, @Root() link: Link) {
    return loadMember(ctx, link.userId)
  }

  @Directive('@tag(name: "authentication")')
  @Cost(passwordHashCost)
  @Mutation(() => User, {
    description:
      'Replaces one’s own password, and ends all sessions but the present one. Needs a fresh proof of identity.',
  })
  changePassword(@Ctx() ctx: IdentityCtx, @Arg('input', () => ChangePasswordInput) input: ChangePasswordInput) {
    return changePassword(ctx, input)
  }

  @Directive('@tag(name: "authentication")')
  @Mutation(() => Boolean, {
    description: 'Sends a letter with which to choose a new password, if somebody has this address. Always true.',
  })
  requestPasswordReset(
    @Ctx() ctx: IdentityCtx,
    @Arg('input', () => RequestPasswordResetInput) input: RequestPasswordResetInput,
  ) {
    return requestPasswordReset(ctx, input)
  }

  @Directive('@tag(name: "authentication")')
  @Cost(passwordHashCost)
  @Mutation(() => Boolean, {
    description: 'Chooses a new password with a token from a letter, and ends all sessions. Signs nobody in.',
  })
  resetPassword(@Ctx() ctx: IdentityCtx, @Arg('input', () => ResetPasswordInput) input: ResetPasswordInput) {
    return resetPassword(ctx, input)
  }

  @Directive('@tag(name: "answer-not-kept")')
  @Mutation(() => PasswordResetLink, {
    nullable: true,
    description:
      'Lets a member of this organization alone, with no further rights than one’s own, choose a new password. Needs a fresh proof of identity.',
  })
  createPasswordResetLink(
    @Ctx() ctx: IdentityCtx,
    @Arg('input', () => CreatePasswordResetLinkInput) input: CreatePasswordResetLinkInput,
  ) {
    return createPasswordResetLink(ctx, input.userId)
  }
}
