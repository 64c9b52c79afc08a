import { Field, GraphQLISODateTime, ID, InputType, ObjectType } from 'type-graphql'
import { User } from '../user/user.graphql.ts'

@InputType()
export class ChangePasswordInput {
  @Field(() => String)
  currentPassword!: string
  @Field(() => String)
  newPassword!: string
}

@InputType()
export class RequestPasswordResetInput {
  @Field(() => String)
  email!: string
}

@InputType()
export class ResetPasswordInput {
  @Field(() => String)
  token!: string
  @Field(() => String)
  newPassword!: string
}

@InputType()
export class CreatePasswordResetLinkInput {
  @Field(() => ID)
  userId!: string
}

@ObjectType({ description: 'A way for one member to choose a new password, once.' })
export class PasswordResetLink {
  @Field(() => User, { nullable: true })
  user?: User
  @Field(() => String, {
    nullable: true,
    description:
      'Shown this once, and only where no mail is sent: hand it to the member, who gives it to `resetPassword`. Null when it went to them by mail.',
  })
  token!: string | null
  @Field(() => GraphQLISODateTime)
  expiresAt!: Date
}
