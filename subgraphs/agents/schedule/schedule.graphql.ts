import { GraphQLJSON } from 'graphql-scalars'
import { ArgsType, Field, GraphQLISODateTime, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { connectionType, PageArgs } from '#platform/graphql/page'
import { Agent } from '../agent/agent.graphql.ts'
import { User } from '../run/run.graphql.ts'
import { type Overlap, overlaps } from './overlap.ts'
import { fireTimesShownMax } from './schedule.limits.ts'

export const ScheduleOverlap = Object.fromEntries(overlaps.map((name) => [name, name])) as { [K in Overlap]: K }
registerEnumType(ScheduleOverlap, {
  name: 'ScheduleOverlap',
  description:
    'What a fire means while a run of an earlier one has not ended: none, one after it, all after it one by one, its cancellation and then one, its end at once without compensation, or one beside it.',
})

@ObjectType({ description: 'Why a schedule stopped by itself.' })
export class SchedulePause {
  @Field(() => String)
  code!: string
  @Field(() => String)
  message!: string
}

@ObjectType({ description: 'Starts runs of an agent at times, with the rights that its owner has then.' })
export class Schedule {
  @Field(() => ID)
  id!: string
  @Field(() => String)
  name!: string
  @Field(() => Agent, { nullable: true })
  agent?: Agent | null
  @Field(() => String, { description: 'Five fields, or six with seconds first.' })
  cron!: string
  @Field(() => String, { description: 'On whose clocks: a name of the IANA database.' })
  timeZone!: string
  @Field(() => GraphQLJSON, {
    nullable: true,
    description:
      'What each run is given. Of an agent in production for the owner and holders of `run:inspect`; of others for all readers.',
  })
  input!: unknown
  @Field(() => ScheduleOverlap)
  overlap!: string
  @Field(() => String, { description: 'How late a fire is still made up.' })
  catchUpWindow!: string
  @Field(() => Boolean)
  pauseOnFailure!: boolean
  @Field(() => Boolean)
  enabled!: boolean
  @Field(() => SchedulePause, { nullable: true })
  paused?: SchedulePause | null
  @Field(() => User, {
    nullable: true,
    description: 'Whose rights the runs use: who made the schedule, or changed it last.',
  })
  owner?: User | null
  @Field(() => [GraphQLISODateTime], { description: 'None while it is not enabled.' })
  nextFireTimes?: Date[]
  @Field(() => GraphQLISODateTime, { nullable: true })
  lastFireAt?: Date | null
  @Field(() => Int, { description: 'The fires that wait for an earlier run to end.' })
  firesBuffered?: number
  @Field(() => GraphQLISODateTime)
  createdAt!: Date
}

export const ScheduleConnection = connectionType(Schedule, 'Schedule')

@ArgsType()
export class SchedulesArgs extends PageArgs {
  @Field(() => ID, { nullable: true })
  agentId?: string | null
}

@ArgsType()
export class FireTimesArgs {
  @Field(() => Int, { defaultValue: 5, description: `Between 1 and ${fireTimesShownMax}.` })
  first!: number
}

@InputType()
export class CreateScheduleInput {
  @Field(() => ID)
  agentId!: string
  @Field(() => String, { description: 'At most 100 characters.' })
  name!: string
  @Field(() => String)
  cron!: string
  @Field(() => String, { defaultValue: 'UTC' })
  timeZone?: string
  @Field(() => GraphQLJSON, { nullable: true, description: 'A JSON object of at most 64 KB.' })
  input?: unknown
  @Field(() => ScheduleOverlap, { defaultValue: 'SKIP' })
  overlap?: Overlap
  @Field(() => String, { defaultValue: '1h', description: 'Between 10s and 31d.' })
  catchUpWindow?: string
  @Field(() => Boolean, {
    defaultValue: false,
    description: 'A run that fails stops the schedule before its next fire.',
  })
  pauseOnFailure?: boolean
  @Field(() => Boolean, { defaultValue: true })
  enabled?: boolean
}

@InputType({ description: 'What is not given stays. Whoever changes a schedule becomes its owner.' })
export class UpdateScheduleInput {
  @Field(() => ID)
  scheduleId!: string
  @Field(() => String, { nullable: true })
  name?: string | null
  @Field(() => String, { nullable: true })
  cron?: string | null
  @Field(() => String, { nullable: true })
  timeZone?: string | null
  @Field(() => GraphQLJSON, { nullable: true })
  input?: unknown
  @Field(() => ScheduleOverlap, { nullable: true })
  overlap?: Overlap | null
  @Field(() => String, { nullable: true })
  catchUpWindow?: string | null
  @Field(() => Boolean, { nullable: true })
  pauseOnFailure?: boolean | null
  @Field(() => Boolean, { nullable: true, description: 'True also resumes one that stopped by itself.' })
  enabled?: boolean | null
}

@InputType()
export class DeleteScheduleInput {
  @Field(() => ID)
  scheduleId!: string
}
