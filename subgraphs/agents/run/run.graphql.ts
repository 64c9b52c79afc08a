import { GraphQLJSON } from 'graphql-scalars'
import {
  ArgsType,
  Directive,
  Field,
  GraphQLISODateTime,
  ID,
  InputType,
  Int,
  ObjectType,
  registerEnumType,
} from 'type-graphql'
import { ListSize } from '#platform/graphql/demand'
import { connectionType, PageArgs } from '#platform/graphql/page'
import { Agent, AgentVersion } from '../agent/agent.graphql.ts'
import { stepStatuses } from '../step/step.status.ts'
import { runStatuses } from './run.status.ts'

const enumOf = <T extends string>(names: readonly T[]) =>
  Object.fromEntries(names.map((name) => [name, name])) as { [K in T]: K }

export const RunStatus = enumOf(runStatuses)
registerEnumType(RunStatus, { name: 'RunStatus' })
export const StepStatus = enumOf(stepStatuses)
registerEnumType(StepStatus, { name: 'StepStatus' })

@Directive('@key(fields: "id")')
@ObjectType()
export class User {
  @Field(() => ID)
  id!: string
}

@ObjectType({ description: 'Why a run, or a step, ended without a result.' })
export class RunError {
  @Field(() => String)
  code!: string
  @Field(() => String)
  message!: string
  @Field(() => String, { nullable: true, description: 'The path of the step that failed.' })
  step!: string | null
}

@ObjectType({ description: 'A step of a run, once it was begun.' })
export class RunStep {
  @Field(() => String, { description: 'The ids of the branches around it and its own, joined by slashes.' })
  path!: string
  @Field(() => String)
  kind!: string
  @Field(() => StepStatus)
  status!: string
  @Field(() => Int, { description: '1 for the first.' })
  attempt!: number
  @Field(() => GraphQLJSON, { nullable: true })
  output?: unknown
  @Field(() => RunError, { nullable: true })
  error?: RunError | null
  @Field(() => GraphQLISODateTime, { description: 'Of the last attempt.' })
  startedAt!: Date
  @Field(() => GraphQLISODateTime, { nullable: true })
  finishedAt?: Date | null
}

@ObjectType({ description: 'One execution of one version of an agent.' })
export class Run {
  @Field(() => ID)
  id!: string
  @Field(() => RunStatus)
  status!: string
  @Field(() => Agent, { nullable: true })
  agent?: Agent | null
  @Field(() => AgentVersion, { nullable: true, description: 'The version that it is pinned to.' })
  version?: AgentVersion | null
  @Field(() => GraphQLJSON, {
    nullable: true,
    description:
      'As given; the version’s defaults fill what is missing. Of an agent in production for the run’s starter and holders of `run:inspect`, as are the outputs; of others for all readers.',
  })
  input!: unknown
  @Field(() => GraphQLJSON, { nullable: true })
  output?: unknown
  @Field(() => RunError, { nullable: true })
  error?: RunError | null
  @ListSize(10)
  @Field(() => [RunStep], { description: 'The steps begun so far, in the order in which they first began.' })
  steps?: RunStep[]
  @Field(() => User, { nullable: true })
  startedBy?: User | null
  @Field(() => GraphQLISODateTime)
  queuedAt!: Date
  @Field(() => GraphQLISODateTime, { nullable: true })
  startedAt?: Date | null
  @Field(() => GraphQLISODateTime, { nullable: true })
  finishedAt?: Date | null
  @Field(() => String, { nullable: true, description: 'The path of the first step that was done anew in a fork.' })
  forkedStep?: string | null
  @Field(() => GraphQLISODateTime, { nullable: true, description: 'Since then somebody wants it to end.' })
  cancelRequestedAt?: Date | null
}

export const RunConnection = connectionType(Run, 'Run')

@ArgsType()
export class RunsArgs extends PageArgs {
  @Field(() => ID, { nullable: true })
  agentId?: string | null
  @Field(() => RunStatus, { nullable: true })
  status?: string | null
}

@InputType()
export class StartRunInput {
  @Field(() => ID)
  agentId!: string
  @Field(() => GraphQLJSON, {
    nullable: true,
    description: 'A JSON object of at most 256 KB; the version’s defaults fill what is missing.',
  })
  input?: unknown
  @Field(() => String, {
    nullable: true,
    description: 'Repeating a start with the key of an earlier one answers with that run instead of a second one.',
  })
  idempotencyKey?: string | null
}

@InputType()
export class CancelRunInput {
  @Field(() => ID)
  runId!: string
}
