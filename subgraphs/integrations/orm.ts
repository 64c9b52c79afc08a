import type { DatabaseManifest } from '#platform/db/database'
import { Connection } from './connection/connection.entity.ts'
import { ConnectionSecret } from './connection/connection-secret.entity.ts'
import { EgressRule } from './egress-rule/egress-rule.entity.ts'
import { CreateIntegrations } from './migrations/20261121-create-integrations.ts'
import { RefuseReplays } from './migrations/20261125-refuse-replays.ts'
import { OpenEgress } from './migrations/20261127-open-egress.ts'

export const integrationsDatabase: DatabaseManifest = {
  schema: 'integrations',
  entities: [Connection, ConnectionSecret, EgressRule],
  migrations: [
    { name: '20261121-create-integrations', class: CreateIntegrations },
    { name: '20261125-refuse-replays', class: RefuseReplays },
    { name: '20261127-open-egress', class: OpenEgress },
  ],
}
