import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import type { Ctx as Context } from '#platform/graphql/context'
import { findChildPage } from '#platform/graphql/find-page'
import { PageArgs } from '#platform/graphql/page'
import { Run } from './run.entity.ts'
import { RunConnection, User } from './run.graphql.ts'

@Resolver(() => User)
export class UserResolver {
  @FieldResolver(() => RunConnection, {
    nullable: true,
    description: 'The runs that the user started, newest first. For holders of `run:read`, and one’s own.',
  })
  runs(@Ctx() ctx: Context, @Root() user: User, @Args(() => PageArgs) args: PageArgs) {
    return findChildPage(ctx, { entity: Run, parent: 'startedBy' }, user.id, args)
  }
}
