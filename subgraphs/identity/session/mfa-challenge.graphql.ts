import { GraphQLJSON } from 'graphql-scalars'
import { Field, GraphQLISODateTime, ObjectType, registerEnumType } from 'type-graphql'
import { MfaMethod } from '../factor/mfa-method.ts'

registerEnumType(MfaMethod, {
  name: 'MfaMethod',
  description:
    'A way to prove a second factor: a code of an authenticator application, a passkey, a code kept on paper.',
})

@ObjectType({ description: 'A sign-in that waits for a proof: give it, with the token, to `completeLogin`.' })
export class MfaChallenge {
  @Field(() => String, { description: 'Names this sign-in. Good for one, and for five tries.' })
  challengeToken!: string
  @Field(() => [MfaMethod], {
    description: 'Any one of them completes the sign-in. None when one must be added first.',
  })
  methods!: MfaMethod[]
  @Field(() => Boolean, {
    description:
      'A role of the user needs a second factor and there is none. Add one now: `enrollTotp` and `confirmTotp`, or `startPasskeyRegistration` and `finishPasskeyRegistration`, with the challengeToken and without an access token. The last step answers the tokens.',
  })
  enrollmentRequired!: boolean
  @Field(() => GraphQLISODateTime)
  expiresAt!: Date
  @Field(() => GraphQLJSON, {
    nullable: true,
    description: 'For `navigator.credentials.get`, through `PublicKeyCredential.parseRequestOptionsFromJSON`.',
  })
  passkeyOptions!: object | null
}
