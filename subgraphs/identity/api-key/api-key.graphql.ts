import { Directive, Field, GraphQLISODateTime, ID, InputType, Int, ObjectType } from 'type-graphql'
import { connectionType } from '#platform/graphql/page'
import { User } from '../user/user.graphql.ts'
import { keyDaysDefault, rateLimitDefault } from './api-key.limits.ts'

@Directive('@key(fields: "id")')
@ObjectType({
  description:
    'Acts for a user, or a service account, without them: sent as `X-Api-Key`. Named by an audit event, it is “A key” with an id and no more where the caller may not see it, or it is gone with its user.',
})
export class ApiKey {
  @Field(() => ID)
  id!: string
  @Field(() => String)
  name!: string
  @Field(() => String, {
    nullable: true,
    description: 'How the key begins: enough to know it by, of no use to anybody else.',
  })
  prefix!: string
  @Field(() => String, {
    nullable: true,
    description: 'The key itself: shown this once, in the answer to `createApiKey`, and null ever after.',
  })
  key?: string | null
  @Field(() => [String], {
    nullable: true,
    description: 'The most that it can do. It never does more than its owner may at that moment.',
  })
  scopes!: string[]
  @Field(() => User, { nullable: true, description: 'For whom it acts.' })
  owner?: User | null
  @Field(() => User, { nullable: true })
  createdBy?: User | null
  @Field(() => Int, { nullable: true })
  rateLimitPerMinute!: number
  @Field(() => GraphQLISODateTime)
  createdAt!: Date
  @Field(() => GraphQLISODateTime, { nullable: true })
  expiresAt!: Date
  @Field(() => GraphQLISODateTime, { nullable: true, description: 'At most a minute behind.' })
  lastUsedAt!: Date | null
  @Field(() => GraphQLISODateTime, { nullable: true })
  revokedAt!: Date | null
}

export const ApiKeyConnection = connectionType(ApiKey, 'ApiKey')

@InputType()
export class CreateApiKeyInput {
  @Field(() => String)
  name!: string
  @Field(() => [String], { description: 'None that the caller lacks.' })
  scopes!: string[]
  @Field(() => GraphQLISODateTime, {
    nullable: true,
    description: `At most a year from now; ${keyDaysDefault} days when left out.`,
  })
  expiresAt?: Date | null
  @Field(() => Int, { defaultValue: rateLimitDefault })
  rateLimitPerMinute!: number
  @Field(() => ID, { nullable: true, description: 'For whom it acts; the caller when left out.' })
  serviceAccountId?: string | null
}

@InputType()
export class RevokeApiKeyInput {
  @Field(() => ID)
  apiKeyId!: string
}
