import { Field, GraphQLISODateTime, ID, ObjectType } from 'type-graphql'
import { User } from '../user/user.graphql.ts'

@ObjectType({ description: 'A tenant.' })
export class Organization {
  @Field(() => ID)
  id!: string
  @Field(() => String)
  name!: string
  @Field(() => GraphQLISODateTime)
  createdAt!: Date
}

@ObjectType({ description: 'Who asks, where, and with which rights.' })
export class Viewer {
  @Field(() => User)
  user!: User
  @Field(() => Organization)
  organization!: Organization
  @Field(() => [String])
  roles!: readonly string[]
  @Field(() => [String])
  scopes!: readonly string[]
}
