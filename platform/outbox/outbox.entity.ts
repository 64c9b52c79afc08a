import { defineEntity, p } from '@mikro-orm/core'
import { acrossTenants, tenantKey, tenantWall } from '../db/tenant.ts'

export const relayRole = 'forgeops_relay'

/** An event waiting to be delivered, committed together with the change that it tells of. Delivered rows are deleted. */
const OutboxEventSchema = defineEntity({
  name: 'OutboxEvent',
  tableName: 'outbox',
  ...tenantWall,
  policies: [...tenantWall.policies, acrossTenants(relayRole)],
  indexes: [{ name: 'outbox_order', properties: ['organizationId', 'sequence'] }],
  properties: {
    ...tenantKey,
    /** Grows in commit order within one key: taken under that key's lock. */
    sequence: p.bigint('bigint').autoincrement(),
    key: p.string().length(200),
    type: p.string().length(100),
    data: p.json(),
    requestId: p.string().length(64),
    traceparent: p.string().length(55),
    occurredAt: p.datetime(),
    attempts: p.integer().default(0),
    dueAt: p.datetime().defaultRaw('now()'),
    failure: p.text().nullable(),
  },
})
export class OutboxEvent extends OutboxEventSchema.class {}
OutboxEventSchema.setClass(OutboxEvent)
