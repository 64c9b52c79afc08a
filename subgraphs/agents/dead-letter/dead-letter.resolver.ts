import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql'
import type { Ctx as Context } from '#platform/graphql/context'
import { Cost } from '#platform/graphql/demand'
import { isId } from '#platform/id'
import {
  DeadLetter,
  DeadLetterConnection,
  DeadLettersArgs,
  RedriveDeadLettersInput,
  RedrivenDeadLetters,
} from './dead-letter.graphql.ts'
import { findDeadLetters } from './dead-letter.queries.ts'
import { redriveDeadLetters } from './redrive-dead-letters.ts'

@Resolver(() => DeadLetter)
export class DeadLetterResolver {
  @Query(() => DeadLetterConnection, {
    nullable: true,
    description:
      'The runs that were set aside, the last one first; from the system organization those of all organizations.',
  })
  deadLetters(@Ctx() ctx: Context, @Args(() => DeadLettersArgs) { agentId, ...args }: DeadLettersArgs) {
    return findDeadLetters(ctx, agentId == null ? {} : { agentId: { $in: [agentId].filter(isId) } }, args)
  }

  @Cost(100)
  @Mutation(() => RedrivenDeadLetters, {
    description: 'Has runs that were set aside tried again, from where they were.',
  })
  redriveDeadLetters(@Ctx() ctx: Context, @Arg('input', () => RedriveDeadLettersInput) input: RedriveDeadLettersInput) {
    return redriveDeadLetters(ctx, input)
  }
}
