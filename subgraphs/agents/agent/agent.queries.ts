import { read } from '#platform/db/read'
import { textArray } from '#platform/db/text-array'
import type { Ctx } from '#platform/graphql/context'
import { batchLoader } from '#platform/graphql/load-by-id'
import { isId } from '#platform/id'
import { Agent } from './agent.entity.ts'
import { usersShownMax } from './agent.limits.ts'

/** The agents whose published version uses a connection, newest first, at most 100; many connections in one statement. */
export async function loadUsersOfConnection(ctx: Ctx, connectionId: string): Promise<readonly Agent[]> {
  if (!isId(connectionId)) return []
  const loader = batchLoader(ctx, 'users of connection', async (ids) => {
    const rows = await read(ctx, (em) =>
      em.execute<Record<string, unknown>[]>(
        `select connections.id as used_connection, agent.*
         from unnest(?::uuid[]) as connections(id)
         cross join lateral (
           select agent_id from agents.agent_connection
           where organization_id = ?::uuid and connection_id = connections.id order by agent_id desc limit ?
         ) as use
         join agents.agent on agent.organization_id = ?::uuid and agent.id = use.agent_id
         order by agent.id desc`,
        [textArray(ids), ctx.caller.organizationId, usersShownMax, ctx.caller.organizationId],
      ),
    )
    const em = ctx.db.orm.em.fork()
    const users = rows.map(({ used_connection, ...row }) => ({
      of: used_connection,
      agent: em.map(Agent, row as never),
    }))
    return ids.map((id) => users.filter((user) => user.of === id).map((user) => user.agent))
  })
  return loader.load(connectionId)
}
