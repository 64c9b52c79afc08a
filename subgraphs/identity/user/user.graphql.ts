import { Directive, Field, GraphQLISODateTime, ID, InputType, ObjectType, registerEnumType } from 'type-graphql'
import { connectionType } from '#platform/graphql/page'

export enum UserKind {
  PERSON = 'person',
  SERVICE = 'service',
}
registerEnumType(UserKind, {
  name: 'UserKind',
  valuesConfig: {
    PERSON: { description: 'Signs in.' },
    SERVICE: { description: 'A service account: never signs in; API keys act for it.' },
  },
})

export enum UserStatus {
  ACTIVE = 'ACTIVE',
  DEACTIVATED = 'DEACTIVATED',
  FORMER = 'FORMER',
}
registerEnumType(UserStatus, {
  name: 'UserStatus',
  valuesConfig: {
    DEACTIVATED: { description: 'Has a place in the organization, and no way in.' },
    FORMER: { description: 'Is no member any more: known by id alone, from what they did.' },
  },
})

@Directive('@key(fields: "id")')
@ObjectType({ description: 'Who belongs to the caller’s organization: a person, or a service account.' })
export class User {
  @Field(() => ID)
  id!: string
  @Field(() => String)
  name!: string
  @Field(() => UserKind)
  kind!: `${UserKind}`
  @Field(() => String, {
    nullable: true,
    description: 'For holders of `user:read`, and one’s own; a service account has none.',
  })
  email!: string | null
  @Field(() => [String], {
    nullable: true,
    description: 'Roles in the caller’s organization. For holders of `user:read`, and one’s own.',
  })
  roles?: string[] | null
  @Field(() => UserStatus, {
    nullable: true,
    description: 'In the caller’s organization. For holders of `user:read`, and one’s own.',
  })
  status?: UserStatus | null
  @Field(() => GraphQLISODateTime)
  createdAt!: Date
}

export const UserConnection = connectionType(User, 'User')

@ObjectType({ description: 'A place in the organization, waiting for one person.' })
export class Invitation {
  @Field(() => ID)
  id!: string
  @Field(() => String)
  email!: string
  @Field(() => [String])
  roles!: string[]
  @Field(() => GraphQLISODateTime)
  expiresAt!: Date
  @Field(() => String, {
    nullable: true,
    description:
      'Shown once, by `inviteUser`, and only where no mail is sent: hand it to the invited person, who gives it to `acceptInvitation`. Null when it went to them by mail.',
  })
  token?: string | null
}

export const InvitationConnection = connectionType(Invitation, 'Invitation')

@InputType()
export class RevokeInvitationInput {
  @Field(() => ID)
  invitationId!: string
}

@InputType()
export class InviteUserInput {
  @Field(() => String)
  email!: string
  @Field(() => [String], { defaultValue: ['viewer'] })
  roles!: string[]
}

@InputType()
export class AcceptInvitationInput {
  @Field(() => String)
  token!: string
  @Field(() => String)
  name!: string
  @Field(() => String, { description: 'A new one for a new account; one’s own for an existing one.' })
  password!: string
}

@InputType()
export class UpdateUserInput {
  @Field(() => ID)
  userId!: string
  @Field(() => String)
  name!: string
}

@InputType()
export class DeactivateUserInput {
  @Field(() => ID)
  userId!: string
}

@InputType()
export class ReactivateUserInput {
  @Field(() => ID)
  userId!: string
}

@InputType()
export class DeleteUserInput {
  @Field(() => ID)
  userId!: string
}
