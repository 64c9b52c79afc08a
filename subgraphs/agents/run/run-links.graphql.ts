import { GraphQLJSON } from 'graphql-scalars'
import { Field, ID, InputType, Int } from 'type-graphql'

@InputType()
export class ReplayRunInput {
  @Field(() => ID)
  runId!: string
  @Field(() => GraphQLJSON, { nullable: true, description: 'Instead of the earlier run’s.' })
  input?: unknown
  @Field(() => Int, {
    nullable: true,
    description: 'The number of a version of the agent; the earlier run’s without it.',
  })
  version?: number | null
}

@InputType()
export class ForkRunInput {
  @Field(() => ID)
  runId!: string
  @Field(() => String, {
    description: 'The path of a step of the definition that the run has begun: the first that is done anew.',
  })
  fromStep!: string
  @Field(() => GraphQLJSON, {
    nullable: true,
    description: 'Instead of the earlier run’s, for the steps that are done anew.',
  })
  input?: unknown
}
