import { Field, InputType } from 'type-graphql'

@InputType()
export class CreateServiceAccountInput {
  @Field(() => String)
  name!: string
  @Field(() => [String], { description: 'Roles that the caller could assign.' })
  roles!: string[]
}
