import { Field, Float, InputType, Int, ObjectType } from 'type-graphql'

const ofOneRun = 'Null: only the agent’s own limit and those of the platform.'

@ObjectType({ description: 'What the runs of the organization may use; an agent’s own limits bind besides.' })
export class RunPolicy {
  @Field(() => Int, {
    description: 'Runs worked on at one time; those that wait do not count. The others stay queued.',
  })
  concurrency!: number
  @Field(() => Int, { nullable: true, description: `Steps completed, of each run. ${ofOneRun}` })
  steps!: number | null
  @Field(() => Int, { nullable: true, description: `Tokens to and from models, of each run. ${ofOneRun}` })
  tokens!: number | null
  @Field(() => Float, { nullable: true, description: `US dollars, of each run. ${ofOneRun}` })
  cost!: number | null
  @Field(() => String, {
    nullable: true,
    description: `From the first step of each run to its end, waits included, as \`30m\` or \`7d\`. ${ofOneRun}`,
  })
  duration!: string | null
}

@InputType({ description: 'What is left out stays as it is.' })
export class UpdateRunPolicyInput {
  @Field(() => Int, { nullable: true, description: '1 to 1 000.' })
  concurrency?: number | null
  @Field(() => Int, { nullable: true })
  steps?: number | null
  @Field(() => Int, { nullable: true })
  tokens?: number | null
  @Field(() => Float, { nullable: true })
  cost?: number | null
  @Field(() => String, { nullable: true })
  duration?: string | null
}
