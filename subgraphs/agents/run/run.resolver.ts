import { Arg, Args, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql'
import { InvalidInputError, NotFoundError } from '#platform/errors/common-errors'
import type { Ctx as Context } from '#platform/graphql/context'
import { Cost } from '#platform/graphql/demand'
import { findPage } from '#platform/graphql/find-page'
import { loadById } from '#platform/graphql/load-by-id'
import { isId } from '#platform/id'
import { Agent as AgentEntity } from '../agent/agent.entity.ts'
import { Agent, AgentVersion } from '../agent/agent.graphql.ts'
import { stepsCompletedMax } from '../agent/agent.limits.ts'
import { AgentVersion as AgentVersionEntity } from '../agent/agent-version.entity.ts'
import { cancelRun } from './cancel-run.ts'
import { Run as RunEntity } from './run.entity.ts'
import { CancelRunInput, Run, RunConnection, RunStep, RunsArgs, RunUsage, StartRunInput, User } from './run.graphql.ts'
import { visibleRuns } from './run.permissions.ts'
import { loadSteps, loadVisibleRun } from './run.queries.ts'
import { startRun } from './start-run.ts'
import { stepView } from './step-view.ts'

@Resolver(() => Run)
export class RunResolver {
  @Query(() => Run, {
    nullable: true,
    description: 'A run of the organization; for those who only start runs, of their own.',
  })
  async run(@Ctx() ctx: Context, @Arg('id', () => ID) id: string) {
    const run = await loadVisibleRun(ctx, id)
    if (run === null) throw new NotFoundError('run')
    return run
  }

  @Query(() => RunConnection, {
    nullable: true,
    description: 'The runs of the organization, newest first; for those who only start runs, their own.',
  })
  runs(@Ctx() ctx: Context, @Args(() => RunsArgs) { agentId, status, ...args }: RunsArgs) {
    const where = {
      ...visibleRuns(ctx.caller),
      ...(agentId == null ? {} : { agentId: { $in: [agentId].filter(isId) } }),
      ...(status == null ? {} : { status }),
    }
    return findPage(ctx, RunEntity, where, args)
  }

  @FieldResolver(() => Agent, { nullable: true })
  agent(@Ctx() ctx: Context, @Root() run: RunEntity) {
    return loadById(ctx, AgentEntity, run.agentId)
  }

  @FieldResolver(() => AgentVersion, { nullable: true })
  version(@Ctx() ctx: Context, @Root() run: RunEntity) {
    return loadById(ctx, AgentVersionEntity, run.agentVersionId)
  }

  @FieldResolver(() => [RunStep])
  async steps(
    @Ctx() ctx: Context,
    @Root() run: RunEntity,
    @Arg('from', () => Int, { defaultValue: 0, description: 'How many to leave out; up to 5 000.' }) from: number,
  ) {
    if (!(from >= 0 && from <= stepsCompletedMax))
      throw new InvalidInputError(`The number of the first step is between 0 and ${stepsCompletedMax}.`)
    const steps = await loadSteps(ctx, run.id, from)
    return steps.map((step) => stepView(step, run))
  }

  @FieldResolver(() => RunUsage)
  usage(@Root() { stepsDone, inputTokens, outputTokens, costMicros }: RunEntity): RunUsage {
    return { steps: stepsDone, inputTokens, outputTokens, costMicros }
  }

  @FieldResolver(() => User, { nullable: true })
  startedBy(@Root() run: RunEntity): User {
    return { id: run.startedBy }
  }

  @Cost(20)
  @Mutation(() => Run, { description: 'Starts a run of the agent’s published version, with the caller’s rights.' })
  startRun(@Ctx() ctx: Context, @Arg('input', () => StartRunInput) input: StartRunInput) {
    return startRun(ctx, input)
  }

  @Mutation(() => Run, {
    description:
      'Ends a run and those that it started: a queued one at once; of any other the step under way is stopped, and what it did is undone before it ends. A finished one stays as it is. Who only starts runs ends their own.',
  })
  cancelRun(@Ctx() ctx: Context, @Arg('input', () => CancelRunInput) input: CancelRunInput) {
    return cancelRun(ctx, input)
  }
}
