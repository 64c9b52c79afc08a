import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import type { Ctx as Context } from '#platform/graphql/context'
import { ListSize } from '#platform/graphql/demand'
import { Agent, Connection } from './agent.graphql.ts'
import { loadUsersOfConnection } from './agent.queries.ts'

@Resolver(() => Connection)
export class ConnectionResolver {
  @ListSize(5)
  @FieldResolver(() => [Agent], {
    nullable: true,
    description: 'The agents whose published version uses the connection, newest first; at most 100.',
  })
  usedBy(@Ctx() ctx: Context, @Root() connection: Connection) {
    return loadUsersOfConnection(ctx, connection.id)
  }
}
