import {
  Arg,
  Args,
  Ctx,
  FieldResolver,
  GraphQLISODateTime,
  ID,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
} from 'type-graphql'
import { InvalidInputError, NotFoundError } from '#platform/errors/common-errors'
import type { Ctx as Context } from '#platform/graphql/context'
import { Cost } from '#platform/graphql/demand'
import { findPage } from '#platform/graphql/find-page'
import { loadById } from '#platform/graphql/load-by-id'
import { isId } from '#platform/id'
import { Agent as AgentEntity } from '../agent/agent.entity.ts'
import { Agent } from '../agent/agent.graphql.ts'
import { Run, User } from '../run/run.graphql.ts'
import { loadVisibleRun } from '../run/run.queries.ts'
import { createSchedule } from './create-schedule.ts'
import { deleteSchedule } from './delete-schedule.ts'
import { nextFires } from './fire-times.ts'
import { Schedule as ScheduleEntity } from './schedule.entity.ts'
import {
  CreateScheduleInput,
  DeleteScheduleInput,
  FireTimesArgs,
  Schedule,
  ScheduleConnection,
  SchedulesArgs,
  UpdateScheduleInput,
} from './schedule.graphql.ts'
import { fireTimesShownMax } from './schedule.limits.ts'
import { updateSchedule } from './update-schedule.ts'

@Resolver(() => Schedule)
export class ScheduleResolver {
  @Query(() => Schedule, { nullable: true, description: 'A schedule of the organization.' })
  async schedule(@Ctx() ctx: Context, @Arg('id', () => ID) id: string) {
    const schedule = await loadById(ctx, ScheduleEntity, id)
    if (schedule === null) throw new NotFoundError('schedule')
    return schedule
  }

  @Query(() => ScheduleConnection, { nullable: true, description: 'The schedules of the organization, newest first.' })
  schedules(@Ctx() ctx: Context, @Args(() => SchedulesArgs) { agentId, ...args }: SchedulesArgs) {
    return findPage(ctx, ScheduleEntity, agentId == null ? {} : { agentId: { $in: [agentId].filter(isId) } }, args)
  }

  @FieldResolver(() => Agent, { nullable: true })
  agent(@Ctx() ctx: Context, @Root() schedule: ScheduleEntity) {
    return loadById(ctx, AgentEntity, schedule.agentId)
  }

  @FieldResolver(() => User, { nullable: true })
  owner(@Root() schedule: ScheduleEntity): User {
    return { id: schedule.ownerId }
  }

  @FieldResolver(() => Run, { nullable: true, description: 'The run that it started last, if the caller may see it.' })
  lastRun(@Ctx() ctx: Context, @Root() schedule: ScheduleEntity) {
    return schedule.lastRunId == null ? null : loadVisibleRun(ctx, schedule.lastRunId)
  }

  @FieldResolver(() => [GraphQLISODateTime])
  nextFireTimes(@Root() schedule: ScheduleEntity, @Args(() => FireTimesArgs) { first }: FireTimesArgs) {
    if (first < 1 || first > fireTimesShownMax)
      throw new InvalidInputError(`Between 1 and ${fireTimesShownMax} times are shown.`)
    return schedule.enabled ? nextFires(schedule, new Date(), first) : []
  }

  @FieldResolver(() => Int)
  firesBuffered(@Root() schedule: ScheduleEntity) {
    return schedule.buffered.length
  }

  @Cost(20)
  @Mutation(() => Schedule, {
    description:
      'Has runs of an agent start at times. Also needs `run:start`: they use the rights that the caller has then.',
  })
  createSchedule(@Ctx() ctx: Context, @Arg('input', () => CreateScheduleInput) input: CreateScheduleInput) {
    return createSchedule(ctx, input)
  }

  @Mutation(() => Schedule, { description: 'Changes, stops or resumes a schedule. Whoever does becomes its owner.' })
  updateSchedule(@Ctx() ctx: Context, @Arg('input', () => UpdateScheduleInput) input: UpdateScheduleInput) {
    return updateSchedule(ctx, input)
  }

  @Mutation(() => Schedule, { description: 'Deletes a schedule, and answers with what it was. Its runs stay.' })
  deleteSchedule(@Ctx() ctx: Context, @Arg('input', () => DeleteScheduleInput) input: DeleteScheduleInput) {
    return deleteSchedule(ctx, input)
  }
}
