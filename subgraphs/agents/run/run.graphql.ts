import { GraphQLJSON } from 'graphql-scalars'
import {
  ArgsType,
  Directive,
  Field,
  Float,
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
import { attemptStatuses, stepStatuses, waitReasons } from '../step/step.status.ts'
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

const AttemptStatus = enumOf(['RUNNING', 'WAITING', ...attemptStatuses] as const)
registerEnumType(AttemptStatus, {
  name: 'RunStepAttemptStatus',
  valuesConfig: {
    FENCED: { description: 'Its owner was not heard of in time; whatever it still did was not stored.' },
  },
})
const WaitReason = enumOf(waitReasons)
registerEnumType(WaitReason, { name: 'RunStepWaitReason' })

@ObjectType({ description: 'One attempt of a step.' })
export class RunStepAttempt {
  @Field(() => Int, { description: '1 for the first.' })
  attempt!: number
  @Field(() => AttemptStatus)
  status!: string
  @Field(() => GraphQLISODateTime)
  startedAt!: Date
  @Field(() => GraphQLISODateTime, { nullable: true })
  finishedAt!: Date | null
  @Field(() => RunError, { nullable: true })
  error!: RunError | null
}

@ObjectType({ description: 'What a call of a model used.' })
export class RunStepUsage {
  @Field(() => String)
  model!: string
  @Field(() => Int)
  inputTokens!: number
  @Field(() => Int)
  outputTokens!: number
  @Field(() => Float, { nullable: true, description: 'In millionths of a US dollar; null where no price is known.' })
  costMicros!: number | null
}

@ObjectType({ description: 'What a run has used up so far, all attempts together.' })
export class RunUsage {
  @Field(() => Int, { description: 'Steps completed.' })
  steps!: number
  @Field(() => Float)
  inputTokens!: number
  @Field(() => Float)
  outputTokens!: number
  @Field(() => Float, { description: 'In millionths of a US dollar, of the calls whose price is known.' })
  costMicros!: number
}

@ObjectType({ description: 'A step of a run, once it was begun.' })
export class RunStep {
  @Field(() => String, {
    description:
      'The ids of what is around it and its own, joined by slashes; `each[2]/x` in the third item or iteration, `helper#2/x` in the second attempt.',
  })
  path!: string
  @Field(() => String)
  kind!: string
  @Field(() => StepStatus)
  status!: string
  @Field(() => Int, { description: '1 for the first.' })
  attempt!: number
  @ListSize(5)
  @Field(() => [RunStepAttempt], { description: 'In their order, also the one under way; at most the first 50.' })
  attempts!: RunStepAttempt[]
  @Field(() => WaitReason, { nullable: true, description: 'While it waits.' })
  waitsFor?: string | null
  @Field(() => GraphQLISODateTime, { nullable: true, description: 'When its waiting ends by itself.' })
  dueAt?: Date | null
  @Field(() => GraphQLJSON, {
    nullable: true,
    description: 'What it sent to a tool, an address or a model, credentials redacted.',
  })
  input?: unknown
  @Field(() => RunError, { nullable: true })
  error?: RunError | null
  @Field(() => RunStepUsage, { nullable: true })
  usage?: RunStepUsage | null
  @Field(() => Float, { nullable: true, description: 'From its first attempt to its end, waits included.' })
  durationMs?: number | null
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
  @Field(() => [RunStep], { description: 'Those begun so far, in the order in which they first began; at most 500.' })
  steps?: RunStep[]
  @Field(() => RunUsage, { description: 'With the ended runs that its steps started and waited for.' })
  usage!: RunUsage
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
