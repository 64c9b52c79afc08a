import { defineEntity, p } from '@mikro-orm/core'
import { tenantKey, tenantWall } from '#platform/db/tenant'
import type { ConnectionStatus } from './connection.status.ts'

/** One account at one service that an organization's agents may use. */
const ConnectionSchema = defineEntity({
  name: 'Connection',
  tableName: 'connection',
  ...tenantWall,
  uniques: [{ name: 'connection_name', properties: ['organizationId', 'name'] }],
  properties: {
    ...tenantKey,
    name: p.string().length(100),
    connector: p.string().length(50),
    config: p.json().$type<Record<string, unknown>>(),
    /** What the last test found; whether the secrets open is seen anew at each reading. */
    status: p.string().length(20).$type<ConnectionStatus>(),
    statusReason: p.string().length(500).nullable(),
    createdBy: p.uuid().nullable(),
    createdAt: p.datetime().onCreate(() => new Date()),
    updatedAt: p
      .datetime()
      .onCreate(() => new Date())
      .onUpdate(() => new Date()),
    lastTestedAt: p.datetime().nullable(),
  },
})
export class Connection extends ConnectionSchema.class {}
ConnectionSchema.setClass(Connection)
