import { defineEntity, p } from '@mikro-orm/core'
import { tenantKey, tenantWall } from '#platform/db/tenant'

/** Apart from the connection, so that no query of connections can ever carry a secret along. */
const ConnectionSecretSchema = defineEntity({
  name: 'ConnectionSecret',
  tableName: 'connection_secret',
  ...tenantWall,
  uniques: [{ name: 'connection_secret_field', properties: ['organizationId', 'connectionId', 'field'] }],
  properties: {
    ...tenantKey,
    connectionId: p.uuid(),
    field: p.string().length(50),
    /** Opens only under its own organization, connection and field. */
    sealed: p.text(),
  },
})
export class ConnectionSecret extends ConnectionSecretSchema.class {}
ConnectionSecretSchema.setClass(ConnectionSecret)
