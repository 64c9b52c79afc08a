import { Arg, Ctx, Directive, Mutation, Query, Resolver } from 'type-graphql'
import { ListSize } from '#platform/graphql/demand'
import type { IdentityCtx } from '../identity.context.ts'
import { User } from '../user/user.graphql.ts'
import { confirmTotp } from './confirm-totp.ts'
import { enrollTotp } from './enroll-totp.ts'
import {
  AddedFactor,
  ConfirmTotpInput,
  DeletePasskeyInput,
  DisableTotpInput,
  EnrollTotpInput,
  FinishPasskeyRegistrationInput,
  Mfa,
  Passkey,
  PasskeyRegistration,
  ResetFactorsInput,
  StartPasskeyRegistrationInput,
  TotpEnrollment,
} from './factor.graphql.ts'
import { mfaOf } from './mfa-of.ts'
import { regenerateRecoveryCodes } from './regenerate-recovery-codes.ts'
import { finishPasskeyRegistration, startPasskeyRegistration } from './register-passkey.ts'
import { deletePasskey, disableTotp } from './remove-factor.ts'
import { resetFactors } from './reset-factors.ts'

@Resolver()
export class FactorResolver {
  @Query(() => Mfa, { nullable: true })
  mfa(@Ctx() ctx: IdentityCtx) {
    return mfaOf(ctx)
  }

  @ListSize(3)
  @Query(() => [Passkey], { nullable: true, description: 'The caller’s passkeys, oldest first.' })
  async passkeys(@Ctx() ctx: IdentityCtx) {
    return (await mfaOf(ctx)).passkeys
  }

  @Directive('@tag(name: "answer-not-kept")')
  @Mutation(() => TotpEnrollment, { description: 'Begins to use an authenticator application, or another one.' })
  enrollTotp(
    @Ctx() ctx: IdentityCtx,
    @Arg('input', () => EnrollTotpInput, { defaultValue: {} }) input: EnrollTotpInput,
  ) {
    return enrollTotp(ctx, input)
  }

  @Directive('@tag(name: "authentication")')
  @Mutation(() => AddedFactor, { description: 'Takes the authenticator application into use.' })
  async confirmTotp(@Ctx() ctx: IdentityCtx, @Arg('input', () => ConfirmTotpInput) input: ConfirmTotpInput) {
    const { recoveryCodes, tokens } = await confirmTotp(ctx, input)
    return { passkey: null, recoveryCodes, tokens }
  }

  @Directive('@tag(name: "answer-not-kept")')
  @Mutation(() => Mfa, { description: 'Puts the authenticator application out of use.' })
  async disableTotp(
    @Ctx() ctx: IdentityCtx,
    @Arg('input', () => DisableTotpInput, { defaultValue: { endOtherSessions: true } }) input: DisableTotpInput,
  ) {
    await disableTotp(ctx, input.endOtherSessions)
    return mfaOf(ctx)
  }

  @Directive('@tag(name: "answer-not-kept")')
  @Mutation(() => [String], { description: 'Ten new recovery codes in place of the old ones; shown this once.' })
  regenerateRecoveryCodes(@Ctx() ctx: IdentityCtx) {
    return regenerateRecoveryCodes(ctx)
  }

  @Directive('@tag(name: "answer-not-kept")')
  @Mutation(() => PasskeyRegistration)
  startPasskeyRegistration(
    @Ctx() ctx: IdentityCtx,
    @Arg('input', () => StartPasskeyRegistrationInput, { defaultValue: {} }) input: StartPasskeyRegistrationInput,
  ) {
    return startPasskeyRegistration(ctx, input)
  }

  @Directive('@tag(name: "authentication")')
  @Mutation(() => AddedFactor)
  async finishPasskeyRegistration(
    @Ctx() ctx: IdentityCtx,
    @Arg('input', () => FinishPasskeyRegistrationInput) input: FinishPasskeyRegistrationInput,
  ) {
    const { added, recoveryCodes, tokens } = await finishPasskeyRegistration(ctx, input)
    return { passkey: added, recoveryCodes, tokens }
  }

  @Directive('@tag(name: "answer-not-kept")')
  @Mutation(() => Mfa)
  async deletePasskey(@Ctx() ctx: IdentityCtx, @Arg('input', () => DeletePasskeyInput) input: DeletePasskeyInput) {
    await deletePasskey(ctx, input.passkeyId, input.endOtherSessions)
    return mfaOf(ctx)
  }

  @Mutation(() => User, {
    description: 'Removes the second factors of a member who has lost them, and ends their sessions.',
  })
  resetFactors(@Ctx() ctx: IdentityCtx, @Arg('input', () => ResetFactorsInput) input: ResetFactorsInput) {
    return resetFactors(ctx, input.userId)
  }
}
