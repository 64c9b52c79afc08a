import { Arg, Ctx, FieldResolver, ID, Int, Resolver, Root, Subscription } from 'type-graphql'
import type { Ctx as Context } from '#platform/graphql/context'
import { Run } from './run.graphql.ts'
import { loadVisibleRun } from './run.queries.ts'
import { RunEvent } from './run-event.graphql.ts'
import { readRunEvents, type ToldEvent } from './run-event.queries.ts'

@Resolver(() => RunEvent)
export class RunEventResolver {
  @Subscription(() => RunEvent, {
    description:
      'What happens to a run, event by event, until it has ended: those after `afterSeq`, or all from the first. For those who only start runs, of their own.',
    subscribe: ({ args, context }) => readRunEvents(context as Context, args as never),
  })
  runEvents(
    @Root() event: ToldEvent,
    @Arg('runId', () => ID) _runId: string,
    @Arg('afterSeq', () => Int, { nullable: true, description: 'The number of the last event that is known already.' })
    _afterSeq?: number | null,
  ): RunEvent {
    return event
  }

  @FieldResolver(() => Run, { nullable: true })
  run(@Ctx() ctx: Context, @Root() event: ToldEvent) {
    return loadVisibleRun(ctx, event.runId)
  }
}
