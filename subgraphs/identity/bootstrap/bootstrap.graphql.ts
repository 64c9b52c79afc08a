import { Field, InputType } from 'type-graphql'

@InputType()
export class BootstrapOwnerInput {
  @Field(() => String, { description: 'As `npm run bootstrap` printed it.' })
  token!: string
  @Field(() => String, { description: 'What the first owner will sign in with.' })
  email!: string
  @Field(() => String)
  name!: string
  @Field(() => String)
  password!: string
  @Field(() => String, { description: 'The first organization.' })
  organizationName!: string
}
