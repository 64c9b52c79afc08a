import { write } from '#platform/db/write'
import { NotFoundError } from '#platform/errors/common-errors'
import { loadById } from '#platform/graphql/load-by-id'
import type { IntegrationsCtx } from '../integrations.context.ts'
import { Connection } from './connection.entity.ts'
import type { DeleteConnectionInput } from './connection.graphql.ts'
import { statusOf } from './connection.queries.ts'
import { ConnectionSecret } from './connection-secret.entity.ts'

/**
 * Deletes a connection with its secrets. Steps that use it fail from then on.
 *
 * @returns what it was
 * @throws NotFoundError
 */
export async function deleteConnection(ctx: IntegrationsCtx, input: DeleteConnectionInput): Promise<Connection> {
  const id = input.connectionId
  const known = await loadById(ctx, Connection, id)
  if (known === null) throw new NotFoundError('connection')
  // Read before its secrets go, and kept for the answer by the request's loader.
  await statusOf(ctx, known)
  return write(ctx, 'connection.deleted', async (tx) => {
    const connection = await tx.em.findOne(Connection, { id })
    if (connection === null) throw new NotFoundError('connection')
    tx.target('connection', id, connection.name)
    await tx.em.nativeDelete(ConnectionSecret, { connectionId: id })
    await tx.em.nativeDelete(Connection, { id })
    return connection
  })
}
