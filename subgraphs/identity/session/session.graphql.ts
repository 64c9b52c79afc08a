import { createUnionType, Field, GraphQLISODateTime, ID, InputType, Int, ObjectType } from 'type-graphql'
import { connectionType } from '#platform/graphql/page'
import { User } from '../user/user.graphql.ts'
import { MfaChallenge } from './mfa-challenge.graphql.ts'

@InputType()
export class LoginInput {
  @Field(() => String)
  email!: string
  @Field(() => String)
  password!: string
}

@InputType()
export class RefreshSessionInput {
  @Field(() => String)
  refreshToken!: string
}

@InputType()
export class SwitchOrganizationInput {
  @Field(() => ID)
  organizationId!: string
}

@InputType()
export class RevokeSessionInput {
  @Field(() => ID)
  sessionId!: string
}

@ObjectType({ description: 'A client in which a user is signed in.' })
export class Session {
  @Field(() => ID)
  id!: string
  userId!: string
  @Field(() => User, { nullable: true })
  user?: User | null
  @Field(() => String, { nullable: true, description: 'Where the client was last.' })
  address!: string | null
  @Field(() => String, { nullable: true, description: 'What the client said it was. Anybody can say anything.' })
  userAgent!: string | null
  @Field(() => [String], { description: 'How the user proved who they are, by RFC 8176: `pwd`, `otp`, `hwk`, …' })
  methods!: string[]
  @Field(() => GraphQLISODateTime, { description: 'When the user last proved who they are.' })
  authenticatedAt!: Date
  @Field(() => GraphQLISODateTime)
  createdAt!: Date
  @Field(() => GraphQLISODateTime, {
    description: 'When the client last fetched tokens, at least every 15 minutes of use.',
  })
  refreshedAt!: Date
  @Field(() => GraphQLISODateTime, { description: 'When it ends unless it is refreshed before.' })
  expiresAt!: Date
  @Field(() => GraphQLISODateTime, { nullable: true })
  endedAt!: Date | null
  @Field(() => Boolean, { description: 'Whether it is the session of this very request.' })
  isCurrent?: boolean
}

export const SessionConnection = connectionType(Session, 'Session')

@ObjectType({ description: 'What a client needs to act for a user. Keep the refresh token as safe as a password.' })
export class SessionTokens {
  @Field(() => String, { description: 'Send it as `Authorization: Bearer …`.' })
  accessToken!: string
  @Field(() => String, { description: 'Good once, for 7 days: `refreshSession` trades it for new tokens.' })
  refreshToken!: string
  @Field(() => String)
  tokenType!: string
  @Field(() => Int, { description: 'Seconds until the access token ends.' })
  expiresIn!: number
  @Field(() => User)
  user!: User
}

export const LoginResult = createUnionType({
  name: 'LoginResult',
  description: 'Further outcomes may join; ask for `__typename`.',
  types: () => [SessionTokens, MfaChallenge] as const,
  resolveType: (value) => ('challengeToken' in value ? MfaChallenge : SessionTokens),
})
