import { write } from '#platform/db/write'
import { NotFoundError } from '#platform/errors/common-errors'
import { loadById } from '#platform/graphql/load-by-id'
import type { IntegrationsCtx } from '../integrations.context.ts'
import { Connection } from './connection.entity.ts'
import type { DeleteConnectionInput } from './connection.graphql.ts'
import { statusOf } from './connection.queries.ts'
import { ConnectionSecret } from './connection-secret.entity.ts'

/** What a connection was: its standing cannot be read any more, for its secrets are gone. */
export type DeletedConnection = Pick<
  Connection,
  'id' | 'name' | 'connector' | 'config' | 'createdBy' | 'createdAt' | 'lastTestedAt'
> & { readonly standing: Awaited<ReturnType<typeof statusOf>> }

/**
 * Deletes a connection with its secrets. Steps that use it fail from then on.
 *
 * @returns what it was
 * @throws NotFoundError
 */
export async function deleteConnection(ctx: IntegrationsCtx, input: DeleteConnectionInput): Promise<DeletedConnection> {
  const id = input.connectionId
  const known = await loadById(ctx, Connection, id)
  if (known === null) throw new NotFoundError('connection')
  const { status, reason } = await statusOf(ctx, known)
  return write(ctx, 'connection.deleted', async (tx) => {
    const connection = await tx.em.findOne(Connection, { id })
    if (connection === null) throw new NotFoundError('connection')
    tx.target('connection', id, connection.name)
    await tx.em.nativeDelete(ConnectionSecret, { connectionId: id })
    await tx.em.nativeDelete(Connection, { id })
    const { name, connector, config, createdBy, createdAt, lastTestedAt } = connection
    return { id, name, connector, config, createdBy, createdAt, lastTestedAt, standing: { status, reason } }
  })
}
