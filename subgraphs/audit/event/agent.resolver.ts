import { Args, Ctx as Context, FieldResolver, Resolver, Root } from 'type-graphql'
import type { Ctx } from '#platform/graphql/context'
import { PageArgs } from '#platform/graphql/page'
import { Agent } from './actor.graphql.ts'
import { AuditEventConnection } from './event.graphql.ts'
import { findEventsOf } from './event.queries.ts'

@Resolver(() => Agent)
export class AgentResolver {
  @FieldResolver(() => AuditEventConnection, {
    nullable: true,
    description: 'What happened to this agent, newest event first. For holders of `audit:read`.',
  })
  auditEvents(@Context() ctx: Ctx, @Root() agent: Agent, @Args(() => PageArgs) args: PageArgs) {
    return findEventsOf(ctx, agent.id, args)
  }
}
