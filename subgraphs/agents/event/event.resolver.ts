import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql'
import type { Ctx as Context } from '#platform/graphql/context'
import type { Event } from './event.entity.ts'
import { SendEventInput, SentEvent } from './event.graphql.ts'
import { sendEvent } from './send-event.ts'

@Resolver(() => SentEvent)
export class EventResolver {
  @Mutation(() => SentEvent, {
    description:
      'Tells all runs of the organization that wait for it, and for 24 hours those that come to wait for it: by its key whichever they are, without a key those that had been started before.',
  })
  sendEvent(@Ctx() ctx: Context, @Arg('input', () => SendEventInput) input: SendEventInput) {
    return sendEvent(ctx, input)
  }

  @FieldResolver(() => String, { nullable: true })
  key(@Root() { key }: Event): string | null {
    return key === '' ? null : key
  }
}
