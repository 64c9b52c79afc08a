import { Field, GraphQLISODateTime, ID, InputType, Int, ObjectType } from 'type-graphql'
import { connectionType } from '#platform/graphql/page'

@ObjectType({
  description: 'A host and port that the organization’s steps and connections may call at a private address.',
})
export class EgressRule {
  @Field(() => ID)
  id!: string
  @Field(() => String)
  host!: string
  @Field(() => Int)
  port!: number
  @Field(() => String, { description: 'What it is for.' })
  note!: string
  @Field(() => GraphQLISODateTime)
  createdAt!: Date
}

export const EgressRuleConnection = connectionType(EgressRule, 'EgressRule')

@InputType()
export class AllowEgressInput {
  @Field(() => String, { description: 'A name, or an address; IPv6 in brackets. It stands for itself alone.' })
  host!: string
  @Field(() => Int)
  port!: number
  @Field(() => String, { defaultValue: '', description: 'What it is for, in at most 200 characters.' })
  note!: string
}

@InputType()
export class DisallowEgressInput {
  @Field(() => ID)
  egressRuleId!: string
}
