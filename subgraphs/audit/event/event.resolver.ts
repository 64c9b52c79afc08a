import { Arg, Args, Ctx as Context, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql'
import { NotFoundError } from '#platform/errors/common-errors'
import type { Ctx } from '#platform/graphql/context'
import { ListSize } from '#platform/graphql/demand'
import { findPage } from '#platform/graphql/find-page'
import { loadById } from '#platform/graphql/load-by-id'
import { PageArgs } from '#platform/graphql/page'
import { AuditActor, User } from './actor.graphql.ts'
import { actorOf } from './event.actor.ts'
import { AuditEvent as AuditEventEntity } from './event.entity.ts'
import { matching } from './event.filter.ts'
import { AuditEvent, AuditEventConnection, AuditEventFilter, AuditTarget } from './event.graphql.ts'
import { loadTargets } from './event.queries.ts'

@Resolver(() => AuditEvent)
export class EventResolver {
  @Query(() => AuditEvent, { nullable: true, description: 'An event of the organization’s audit trail.' })
  async auditEvent(@Context() ctx: Ctx, @Arg('id', () => ID) id: string) {
    const event = await loadById(ctx, AuditEventEntity, id)
    if (event === null) throw new NotFoundError('audit event')
    return event
  }

  @Query(() => AuditEventConnection, {
    nullable: true,
    description: 'The organization’s audit trail, newest event first.',
  })
  auditEvents(
    @Context() ctx: Ctx,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => AuditEventFilter, { nullable: true }) filter?: AuditEventFilter | null,
  ) {
    return findPage(ctx, AuditEventEntity, matching(ctx, filter ?? {}) as object, args)
  }

  @FieldResolver(() => AuditActor, { nullable: true })
  actor(@Root() event: AuditEventEntity) {
    return actorOf(event)
  }

  @FieldResolver(() => User, {
    nullable: true,
    description: 'When an agent or an API key acts: the user whose rights it used.',
  })
  onBehalfOf(@Root() event: AuditEventEntity) {
    return event.onBehalfOf == null ? null : { id: event.onBehalfOf }
  }

  @ListSize(3)
  @FieldResolver(() => [AuditTarget])
  async targets(@Context() ctx: Ctx, @Root() event: AuditEventEntity): Promise<AuditTarget[]> {
    const targets = await loadTargets(ctx, event.id)
    return targets.map(({ type, targetId, name }) => ({ type, id: targetId, name: name ?? null }))
  }
}
