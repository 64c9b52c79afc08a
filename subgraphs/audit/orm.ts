import type { DatabaseManifest } from '#platform/db/database'
import { AuditEvent } from './event/event.entity.ts'
import { AuditEventTarget } from './event/event-target.entity.ts'
import { CreateAudit } from './migrations/20261121-create-audit.ts'
import { RefuseReplays } from './migrations/20261125-refuse-replays.ts'

export const auditDatabase: DatabaseManifest = {
  schema: 'audit',
  entities: [AuditEvent, AuditEventTarget],
  migrations: [
    { name: '20261121-create-audit', class: CreateAudit },
    { name: '20261125-refuse-replays', class: RefuseReplays },
  ],
}
