import { GraphQLSafeInt } from 'graphql-scalars'
import { Arg, Resolver, Root, Subscription } from 'type-graphql'
import type { Ctx } from '#platform/graphql/context'
import type { AuditEvent as AuditEventEntity } from './event.entity.ts'
import { AuditEvent, AuditEventFilter } from './event.graphql.ts'
import { followEvents } from './follow-events.ts'

@Resolver()
export class FollowResolver {
  @Subscription(() => AuditEvent, {
    description:
      'The organization’s audit trail as it grows: the events after `afterSeq`, or without it those from now on.',
    subscribe: ({ args, context }) => followEvents(context as Ctx, args as never),
  })
  auditEvents(
    @Root() event: AuditEventEntity,
    @Arg('filter', () => AuditEventFilter, { nullable: true }) _filter?: AuditEventFilter | null,
    @Arg('afterSeq', () => GraphQLSafeInt, {
      nullable: true,
      description: 'The number of the last event that is known already; 0 for the whole trail.',
    })
    _afterSeq?: number | null,
  ): AuditEvent {
    return event as never
  }
}
