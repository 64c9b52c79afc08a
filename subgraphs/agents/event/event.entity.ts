import { defineEntity, p } from '@mikro-orm/core'
import { tenantKey, tenantWall } from '#platform/db/tenant'

/** Something that happened outside and that runs wait for, kept for those that come to wait for it later. */
const EventSchema = defineEntity({
  name: 'Event',
  tableName: 'event',
  ...tenantWall,
  uniques: [{ name: 'event_idempotency', properties: ['organizationId', 'idempotencyKey'] }],
  indexes: [
    { name: 'event_name', properties: ['organizationId', 'name', 'key', 'id'] },
    { name: 'event_expiry', properties: ['organizationId', 'expiresAt'] },
  ],
  properties: {
    ...tenantKey,
    name: p.string().length(100),
    /** Empty for an event without one. */
    key: p.string().length(400),
    data: p.json<unknown>().nullable(),
    idempotencyKey: p.string().length(255).nullable(),
    sentBy: p.uuid(),
    sentAt: p.datetime(),
    expiresAt: p.datetime(),
  },
})
export class Event extends EventSchema.class {}
EventSchema.setClass(Event)
