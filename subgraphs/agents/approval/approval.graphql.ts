import { GraphQLJSON } from 'graphql-scalars'
import { ArgsType, Field, GraphQLISODateTime, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { ListSize } from '#platform/graphql/demand'
import { connectionType, PageArgs } from '#platform/graphql/page'
import { Run, User } from '../run/run.graphql.ts'
import { approvalStatuses, approvalVerdicts, expiryOutcomes } from './approval.status.ts'

const enumOf = <T extends string>(names: readonly T[]) =>
  Object.fromEntries(names.map((name) => [name, name])) as { [K in T]: K }

export const ApprovalStatus = enumOf(approvalStatuses)
registerEnumType(ApprovalStatus, { name: 'ApprovalStatus' })
export const ApprovalVerdict = enumOf(approvalVerdicts)
registerEnumType(ApprovalVerdict, { name: 'ApprovalVerdict' })
export const ApprovalExpiry = enumOf(expiryOutcomes)
registerEnumType(ApprovalExpiry, {
  name: 'ApprovalExpiry',
  description: 'What it means that nobody settled an approval in time.',
})

@ObjectType({ description: 'What one person decided.' })
export class ApprovalDecision {
  @Field(() => ApprovalVerdict)
  decision!: string
  @Field(() => String, { nullable: true })
  comment?: string | null
  @Field(() => GraphQLJSON, { nullable: true, description: 'The form as they filled it in.' })
  form?: unknown
  @Field(() => User, { nullable: true })
  user?: User | null
  @Field(() => GraphQLISODateTime)
  decidedAt!: Date
}

@ObjectType({ description: 'What a step of a run asks people for; the run waits for it.' })
export class Approval {
  @Field(() => ID)
  id!: string
  @Field(() => ApprovalStatus)
  status!: string
  @Field(() => String, { nullable: true })
  title!: string
  @Field(() => String, { nullable: true })
  message?: string | null
  @Field(() => GraphQLJSON, {
    nullable: true,
    description:
      'Exactly what is to be approved, e.g. the arguments of a call. For those who decide, and for those who may read what the run works with.',
  })
  shown?: unknown
  @Field(() => Int, { description: 'How many have to approve; one rejection settles it.' })
  needed!: number
  @Field(() => [String], { nullable: true, description: 'Whoever decides has one of these roles.' })
  roles?: string[] | null
  @Field(() => Boolean, { description: 'Whether the run’s starter may decide.' })
  selfApproval!: boolean
  @Field(() => GraphQLJSON, { nullable: true, description: 'JSON Schema of what whoever approves fills in.' })
  form?: unknown
  @Field(() => ApprovalExpiry)
  onExpiry!: string
  @Field(() => GraphQLISODateTime)
  requestedAt!: Date
  @Field(() => GraphQLISODateTime, { nullable: true })
  expiresAt?: Date | null
  @Field(() => GraphQLISODateTime, { nullable: true })
  settledAt?: Date | null
  @ListSize(3)
  @Field(() => [ApprovalDecision], { nullable: true, description: 'Who decided what, in the order in which they did.' })
  decisions?: ApprovalDecision[] | null
  @Field(() => String, { description: 'The path of the step that asks.' })
  path!: string
  @Field(() => Run, { nullable: true })
  run?: Run | null
}

export const ApprovalConnection = connectionType(Approval, 'Approval')

@ArgsType()
export class ApprovalsArgs extends PageArgs {
  @Field(() => ApprovalStatus, { nullable: true })
  status?: string | null
  @Field(() => ID, { nullable: true })
  runId?: string | null
}

@InputType()
export class DecideApprovalInput {
  @Field(() => ID)
  approvalId!: string
  @Field(() => ApprovalVerdict)
  decision!: string
  @Field(() => String, { nullable: true, description: 'At most 2 000 characters.' })
  comment?: string | null
  @Field(() => GraphQLJSON, {
    nullable: true,
    description: 'The approval’s form, filled in; of an approval with a form it belongs to every `APPROVE`.',
  })
  form?: unknown
}
