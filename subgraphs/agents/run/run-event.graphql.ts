import { GraphQLJSON } from 'graphql-scalars'
import { Field, GraphQLISODateTime, Int, ObjectType } from 'type-graphql'
import { Run } from './run.graphql.ts'

@ObjectType({ description: 'One transition of a run.' })
export class RunEvent {
  @Field(() => Int, { description: 'Its place among the run’s events: from 1, without gaps, in commit order.' })
  seq!: number
  @Field(() => String, { description: '`run.happened` or `step.happened`, e.g. `run.queued`, `step.succeeded`.' })
  type!: string
  @Field(() => GraphQLJSON, { description: 'Further facts, by type; of a step its path.' })
  data!: unknown
  @Field(() => GraphQLISODateTime)
  at!: Date
  @Field(() => Run, { nullable: true, description: 'As it is when the event is answered, which may be later.' })
  run?: Run | null
}
