import { defineEntity, p } from '@mikro-orm/core'
import type { AuditRecord } from '#contracts/audit-recorded.event'
import { tenantKey, tenantWall } from '#platform/db/tenant'

/** Who did what, as told by the subgraph where it happened. Rows are only ever added: the role may not change them. */
const AuditEventSchema = defineEntity({
  name: 'AuditEvent',
  tableName: 'event',
  ...tenantWall,
  uniques: [{ name: 'event_seq', properties: ['organizationId', 'seq'] }],
  indexes: [
    { name: 'event_action', properties: ['organizationId', 'action', 'id'] },
    { name: 'event_actor', properties: ['organizationId', 'actorId', 'id'] },
    { name: 'event_occurred_at', properties: ['organizationId', 'occurredAt'] },
  ],
  properties: {
    /** The outbox event's id, so that a repeated delivery meets the row that it made. */
    ...tenantKey,
    /** The event's place in its organization's trail: from 1, without gaps, in commit order. */
    seq: p.bigint('number'),
    occurredAt: p.datetime(),
    recordedAt: p.datetime(),
    /** Collated by byte, so that the index serves `noun.*` too. */
    action: p.string().length(100).collation('C'),
    actorType: p.string().length(20).$type<AuditRecord['actor']['type']>(),
    actorId: p.text().nullable(),
    onBehalfOf: p.text().nullable(),
    outcome: p.string().length(20).$type<AuditRecord['outcome']>(),
    context: p.json().$type<AuditRecord['context']>(),
  },
})
export class AuditEvent extends AuditEventSchema.class {}
AuditEventSchema.setClass(AuditEvent)
