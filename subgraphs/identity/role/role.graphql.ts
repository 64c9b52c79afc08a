import { Field, ID, InputType, ObjectType } from 'type-graphql'

@ObjectType({ description: 'A named set of scopes.' })
export class Role {
  @Field(() => ID, { nullable: true, description: 'Null for a system role: those are never changed.' })
  id!: string | null
  @Field(() => String, { description: 'What `assignRole` and `inviteUser` call it.' })
  name!: string
  @Field(() => String)
  description!: string
  @Field(() => Boolean, { description: 'Whether every organization has it; else it is the organization’s own.' })
  system!: boolean
  @Field(() => [String])
  scopes!: string[]
}

@InputType()
export class CreateRoleInput {
  @Field(() => String, { description: 'Unique in the organization, whatever the case of its letters.' })
  name!: string
  @Field(() => String, { defaultValue: '' })
  description!: string
  @Field(() => [String], { description: 'None that the caller lacks.' })
  scopes!: string[]
}

@InputType({ description: 'What is left out stays as it is.' })
export class UpdateRoleInput {
  @Field(() => ID)
  roleId!: string
  @Field(() => String, { nullable: true, description: 'Members and open invitations go along with a new name.' })
  name?: string | null
  @Field(() => String, { nullable: true })
  description?: string | null
  @Field(() => [String], { nullable: true, description: 'All of them. What is missing is lost within two seconds.' })
  scopes?: string[] | null
}

@InputType()
export class DeleteRoleInput {
  @Field(() => ID)
  roleId!: string
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
