import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql'
import type { Ctx as Context } from '#platform/graphql/context'
import { Cost } from '#platform/graphql/demand'
import { findChildPage } from '#platform/graphql/find-page'
import { PageArgs } from '#platform/graphql/page'
import { forkRun } from './fork-run.ts'
import { replayRun } from './replay-run.ts'
import { Run as RunEntity } from './run.entity.ts'
import { Run, RunConnection } from './run.graphql.ts'
import { loadVisibleRun } from './run.queries.ts'
import { ForkRunInput, ReplayRunInput } from './run-links.graphql.ts'

/** What runs have to do with one another. */
@Resolver(() => Run)
export class RunLinksResolver {
  @FieldResolver(() => Run, { nullable: true, description: 'The run whose step started this one.' })
  parent(@Ctx() ctx: Context, @Root() { parentRunId }: RunEntity) {
    return parentRunId == null ? null : loadVisibleRun(ctx, parentRunId)
  }

  @FieldResolver(() => RunConnection, {
    nullable: true,
    description: 'The runs that its steps have started, newest first.',
  })
  children(@Ctx() ctx: Context, @Root() run: RunEntity, @Args(() => PageArgs) args: PageArgs) {
    return findChildPage(ctx, { entity: RunEntity, parent: 'parentRunId' }, run.id, args)
  }

  @FieldResolver(() => Run, { nullable: true, description: 'The run that this one repeats from its start.' })
  replayOf(@Ctx() ctx: Context, @Root() { replayOf }: RunEntity) {
    return replayOf == null ? null : loadVisibleRun(ctx, replayOf)
  }

  @FieldResolver(() => Run, { nullable: true, description: 'The run that this one goes on from, at `forkedStep`.' })
  forkedFrom(@Ctx() ctx: Context, @Root() { forkedFrom }: RunEntity) {
    return forkedFrom == null ? null : loadVisibleRun(ctx, forkedFrom)
  }

  @Cost(20)
  @Mutation(() => Run, {
    description:
      'Starts a run anew from its start, with the caller’s rights, for those who may see what it works with.',
  })
  replayRun(@Ctx() ctx: Context, @Arg('input', () => ReplayRunInput) input: ReplayRunInput) {
    return replayRun(ctx, input)
  }

  @Cost(20)
  @Mutation(() => Run, {
    description:
      'Starts a run that goes on from a step of an earlier one: what had ended before is taken over, except what was undone and what people approved.',
  })
  forkRun(@Ctx() ctx: Context, @Arg('input', () => ForkRunInput) input: ForkRunInput) {
    return forkRun(ctx, input)
  }
}
