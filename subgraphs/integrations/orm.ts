import type { DatabaseManifest } from '#platform/db/database'
import { Connection } from './connection/connection.entity.ts'
import { ConnectionSecret } from './connection/connection-secret.entity.ts'

export const integrationsDatabase: DatabaseManifest = {
  schema: 'integrations',
  entities: [Connection, ConnectionSecret],
  migrations: [],
}
