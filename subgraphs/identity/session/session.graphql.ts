import { createUnionType, Field, ID, InputType, Int, ObjectType } from 'type-graphql'
import { User } from '../user/user.graphql.ts'

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
  types: () => [SessionTokens] as const,
  resolveType: () => SessionTokens,
})
