import type { AuditRecord } from '#contracts/audit-recorded.event'
import type { Caller } from './caller.ts'

/** The caller as a record names it: an agent or a key acts for its user. */
export function actorOf(caller: Caller): AuditRecord['actor'] {
  if (caller.agentId !== null) return { type: 'agent', id: caller.agentId, onBehalfOf: caller.userId }
  if (caller.apiKeyId !== null) return { type: 'api-key', id: caller.apiKeyId, onBehalfOf: caller.userId }
  return { type: caller.kind, id: caller.userId, onBehalfOf: null }
}
