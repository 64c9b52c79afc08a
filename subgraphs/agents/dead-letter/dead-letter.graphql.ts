import { ArgsType, Field, GraphQLISODateTime, ID, InputType, Int, ObjectType } from 'type-graphql'
import { ListSize } from '#platform/graphql/demand'
import { connectionType, PageArgs } from '#platform/graphql/page'
import { RunError } from '../run/run.graphql.ts'
import { redriveMax } from './dead-letter.limits.ts'

@ObjectType({
  description: 'A run that was set aside because the workers that had it were lost one after the other.',
})
export class DeadLetter {
  @Field(() => ID)
  id!: string
  @Field(() => ID, { description: 'The organization whose run it is.' })
  organizationId!: string
  @Field(() => ID)
  runId!: string
  @Field(() => ID)
  agentId!: string
  @Field(() => String, { nullable: true, description: 'The path of the step that the run was at.' })
  step?: string | null
  @Field(() => RunError, { description: 'The last error of that step; without one, that its workers were lost.' })
  error!: RunError
  @ListSize(3)
  @Field(() => [String], { description: 'The workers that were lost with it, the last one first.' })
  owners!: string[]
  @Field(() => GraphQLISODateTime)
  parkedAt!: Date
}

export const DeadLetterConnection = connectionType(DeadLetter, 'DeadLetter')

@ArgsType()
export class DeadLettersArgs extends PageArgs {
  @Field(() => ID, { nullable: true })
  agentId?: string | null
}

@InputType()
export class DeadLetterFilter {
  @Field(() => ID, { nullable: true })
  agentId?: string | null
  @Field(() => GraphQLISODateTime, { nullable: true, description: 'Those that were set aside since then.' })
  since?: Date | null
}

@InputType({ description: 'Exactly one of the three.' })
export class RedriveDeadLettersInput {
  @Field(() => [ID], { nullable: true, description: `At most ${redriveMax}.` })
  ids?: string[] | null
  @Field(() => DeadLetterFilter, { nullable: true })
  filter?: DeadLetterFilter | null
  @Field(() => Boolean, { nullable: true })
  all?: boolean | null
}

@ObjectType()
export class RedrivenDeadLetters {
  @Field(() => Int, { description: `How many runs go on; at most ${redriveMax} by one call, the oldest first.` })
  redriven!: number
  @Field(() => Int, { description: 'How many of those that were asked for are left: call again.' })
  remaining!: number
}
