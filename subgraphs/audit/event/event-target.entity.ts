import { defineEntity, p } from '@mikro-orm/core'
import { tenantWall } from '#platform/db/tenant'

/** A thing that an event touched. Its key is its place in the event: a repeated delivery cannot add it twice. */
const AuditEventTargetSchema = defineEntity({
  name: 'AuditEventTarget',
  tableName: 'event_target',
  ...tenantWall,
  // Ids of events grow with time: a thing's newest events are the end of its stretch of this index.
  indexes: [{ name: 'event_target_of', properties: ['organizationId', 'targetId', 'eventId'] }],
  properties: {
    organizationId: p.uuid().primary(),
    eventId: p.uuid().primary(),
    position: p.smallint().primary(),
    type: p.text(),
    targetId: p.text(),
    name: p.text().nullable(),
  },
})
export class AuditEventTarget extends AuditEventTargetSchema.class {}
AuditEventTargetSchema.setClass(AuditEventTarget)
