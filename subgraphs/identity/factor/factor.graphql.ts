import { GraphQLJSON } from 'graphql-scalars'
import { Field, GraphQLISODateTime, ID, InputType, Int, ObjectType } from 'type-graphql'
import { ListSize } from '#platform/graphql/demand'
import { SessionTokens } from '../session/session.graphql.ts'
import { MfaMethod } from './mfa-method.ts'

@ObjectType({ description: 'A key on a device of the user that signs in, alone or after the password.' })
export class Passkey {
  @Field(() => ID)
  id!: string
  @Field(() => String)
  name!: string
  @Field(() => [String], { description: 'How browsers reach it: `internal`, `hybrid`, `usb` and so on.' })
  transports!: string[]
  @Field(() => Boolean, { description: 'Whether its provider keeps a copy, so that a lost device does not lose it.' })
  backedUp!: boolean
  @Field(() => GraphQLISODateTime)
  createdAt!: Date
  @Field(() => GraphQLISODateTime, { nullable: true })
  lastUsedAt!: Date | null
}

@ObjectType({ description: 'The second factors of the caller.' })
export class Mfa {
  @Field(() => Boolean, { description: 'Whether an authenticator application is in use.' })
  totp!: boolean
  @ListSize(3)
  @Field(() => [Passkey])
  passkeys!: readonly Passkey[]
  @Field(() => Int)
  recoveryCodesLeft!: number
  @Field(() => Boolean, { description: 'Whether a role of the caller, in any organization, needs a second factor.' })
  required!: boolean
}

@ObjectType({ description: 'Shown this once. It counts when `confirmTotp` has been given a code of it.' })
export class TotpEnrollment {
  @Field(() => String, { description: 'To type into the application, base32.' })
  secret!: string
  @Field(() => String, { description: 'The same to show as a QR code.' })
  uri!: string
}

@ObjectType()
export class PasskeyRegistration {
  @Field(() => String, { description: 'Names this registration for `finishPasskeyRegistration`.' })
  challengeToken!: string
  @Field(() => GraphQLJSON, {
    description: 'For `navigator.credentials.create`, through `PublicKeyCredential.parseCreationOptionsFromJSON`.',
  })
  options!: object
  @Field(() => GraphQLISODateTime)
  expiresAt!: Date
}

@ObjectType({ description: 'A factor that counts from now on.' })
export class AddedFactor {
  @Field(() => Passkey, { nullable: true })
  passkey!: Passkey | null
  @Field(() => [String], {
    nullable: true,
    description:
      'With the first factor, shown this once: each signs in once in place of the factor. Keep them on paper.',
  })
  recoveryCodes!: string[] | null
  @Field(() => SessionTokens, { nullable: true, description: 'Of the sign-in that waited for it.' })
  tokens!: SessionTokens | null
}

@ObjectType({ description: 'What `reauthenticate` takes.' })
export class Reauthentication {
  @Field(() => [MfaMethod], {
    description:
      'When there are any, one is needed beside the password; a passkey that checks its owner does without the password.',
  })
  methods!: MfaMethod[]
  @Field(() => GraphQLJSON, {
    nullable: true,
    description: 'For `navigator.credentials.get`. Ask for `userVerification: "required"` to do without the password.',
  })
  passkeyOptions!: object | null
}

@InputType({ description: 'One of the three proofs.' })
export class CompleteLoginInput {
  @Field(() => String)
  challengeToken!: string
  @Field(() => String, { nullable: true })
  totpCode?: string | null
  @Field(() => String, { nullable: true })
  recoveryCode?: string | null
  @Field(() => GraphQLJSON, { nullable: true, description: 'What `PublicKeyCredential.toJSON()` gives.' })
  passkey?: unknown
}

@InputType()
export class ReauthenticateInput {
  @Field(() => String, { nullable: true })
  password?: string | null
  @Field(() => String, { nullable: true })
  totpCode?: string | null
  @Field(() => String, { nullable: true })
  recoveryCode?: string | null
  @Field(() => GraphQLJSON, { nullable: true, description: 'Signed for `startReauthentication`.' })
  passkey?: unknown
}

@InputType()
export class EnrollTotpInput {
  @Field(() => String, {
    nullable: true,
    description: 'Of a sign-in that needs a first factor, in place of an access token.',
  })
  challengeToken?: string | null
}

@InputType()
export class StartPasskeyRegistrationInput extends EnrollTotpInput {}

@InputType()
export class ConfirmTotpInput extends EnrollTotpInput {
  @Field(() => String)
  code!: string
  @Field(() => Boolean, { defaultValue: false })
  endOtherSessions!: boolean
}

@InputType()
export class FinishPasskeyRegistrationInput {
  @Field(() => String, { description: 'Of `startPasskeyRegistration`.' })
  challengeToken!: string
  @Field(() => GraphQLJSON, { description: 'What `PublicKeyCredential.toJSON()` gives.' })
  response!: unknown
  @Field(() => String)
  name!: string
  @Field(() => Boolean, { defaultValue: false })
  endOtherSessions!: boolean
}

@InputType()
export class DisableTotpInput {
  @Field(() => Boolean, { defaultValue: true })
  endOtherSessions!: boolean
}

@InputType()
export class DeletePasskeyInput {
  @Field(() => ID)
  passkeyId!: string
  @Field(() => Boolean, { defaultValue: true })
  endOtherSessions!: boolean
}

@InputType()
export class ResetFactorsInput {
  @Field(() => ID)
  userId!: string
}
