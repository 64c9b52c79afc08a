import type { DatabaseManifest } from '#platform/db/database'
import { AuditEvent } from './event/event.entity.ts'
import { AuditEventTarget } from './event/event-target.entity.ts'
import { CreateAudit } from './migrations/20261121-create-audit.ts'

export const auditDatabase: DatabaseManifest = {
  schema: 'audit',
  entities: [AuditEvent, AuditEventTarget],
  migrations: [{ name: '20261121-create-audit', class: CreateAudit }],
}
