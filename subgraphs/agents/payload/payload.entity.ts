import { defineEntity, p } from '@mikro-orm/core'
import { tenantKey, tenantWall } from '#platform/db/tenant'

/** An output that is too large to be carried along with its step's row. Written once. */
const PayloadSchema = defineEntity({
  name: 'Payload',
  tableName: 'payload',
  ...tenantWall,
  indexes: [{ name: 'payload_run', properties: ['organizationId', 'runId'] }],
  properties: { ...tenantKey, runId: p.uuid(), content: p.json<unknown>() },
})
export class Payload extends PayloadSchema.class {}
PayloadSchema.setClass(Payload)
