import type { AuditActorValue } from './actor.graphql.ts'
import type { AuditEvent } from './event.entity.ts'

/** Who did it, as the API tells it; null when the record names a user, key or agent without an id. */
export function actorOf(event: Pick<AuditEvent, 'actorType' | 'actorId' | 'context'>): AuditActorValue | null {
  switch (event.actorType) {
    case 'system':
      return { kind: 'SystemActor', name: 'platform' }
    case 'anonymous':
      return { kind: 'AnonymousActor', address: event.context.address }
    case 'user':
      return event.actorId == null ? null : { kind: 'User', id: event.actorId }
    case 'api-key':
      return event.actorId == null ? null : { kind: 'ApiKey', id: event.actorId }
    case 'agent':
      return event.actorId == null ? null : { kind: 'Agent', id: event.actorId }
  }
}
