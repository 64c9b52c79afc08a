import { Field, GraphQLISODateTime, ID, InputType, ObjectType } from 'type-graphql'
import { User } from '../user/user.graphql.ts'

@ObjectType({ description: 'A tenant.' })
export class Organization {
  @Field(() => ID)
  id!: string
  @Field(() => String)
  name!: string
  @Field(() => GraphQLISODateTime)
  createdAt!: Date
  @Field(() => [String], {
    nullable: true,
    description: 'Roles that sign in with a second factor; null leaves it to the platform’s default.',
  })
  mfaRequiredRoles!: string[] | null
}

@InputType({ description: 'What is not given stays.' })
export class UpdateOrganizationInput {
  @Field(() => String, { nullable: true })
  name?: string
  @Field(() => [String], { nullable: true, description: 'Empty for no role; null for the platform’s default.' })
  mfaRequiredRoles?: string[] | null
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
