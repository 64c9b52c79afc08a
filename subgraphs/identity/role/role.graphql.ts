import { Field, ID, InputType, ObjectType } from 'type-graphql'

@ObjectType({ description: 'A named set of scopes.' })
export class Role {
  @Field(() => String)
  name!: string
  @Field(() => [String])
  scopes!: string[]
}

@InputType()
export class AssignRoleInput {
  @Field(() => ID)
  userId!: string
  @Field(() => String)
  role!: string
}

@InputType()
export class RevokeRoleInput {
  @Field(() => ID)
  userId!: string
  @Field(() => String)
  role!: string
}
