import { read } from '#platform/db/read'
import { batchLoader } from '#platform/graphql/load-by-id'
import { isId } from '#platform/id'
import type { IntegrationsCtx } from '../integrations.context.ts'
import { Connection } from './connection.entity.ts'
import { type ConnectionStatus, type Standing, standingOf } from './connection.status.ts'
import { ConnectionSecret } from './connection-secret.entity.ts'

/** The connection as it is now, past every loader, with what its calls need; null when the organization has none such. */
export async function findStanding(
  ctx: IntegrationsCtx,
  id: string,
): Promise<{ connection: Connection; standing: Standing } | null> {
  if (!isId(id)) return null
  return read(ctx, async (em) => {
    const connection = await em.findOne(Connection, { id })
    if (connection === null) return null
    const stored = await em.find(ConnectionSecret, { connectionId: id })
    return { connection, standing: standingOf(ctx, connection, stored) }
  })
}

/** What a reader is told of a connection; one statement for all connections asked about in one turn. */
export async function statusOf(
  ctx: IntegrationsCtx,
  connection: Connection,
): Promise<{ status: ConnectionStatus; reason: string | null }> {
  const loader = batchLoader(ctx, ConnectionSecret, async (ids) => {
    const rows = await read(ctx, (em) => em.find(ConnectionSecret, { connectionId: { $in: [...ids] } }))
    return ids.map((id) => rows.filter((row) => row.connectionId === id))
  })
  const standing = standingOf(ctx, connection, await loader.load(connection.id))
  return standing.usable ? { status: connection.status, reason: connection.statusReason ?? null } : standing
}
