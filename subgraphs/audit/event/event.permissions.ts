import { connectionPermissions } from '#platform/graphql/page.permissions'
import { anyone, hasScope, type PermissionMap, signedIn } from '#platform/graphql/rules'

const mayRead = hasScope('audit:read')

export const eventPermissions: PermissionMap = {
  Query: { auditEvent: mayRead, auditEvents: mayRead },
  Subscription: { auditEvents: mayRead },
  AuditEvent: { '*': mayRead },
  AuditTarget: { '*': mayRead },
  AuditContext: { '*': mayRead },
  SystemActor: { '*': mayRead },
  AnonymousActor: { '*': mayRead },
  ...connectionPermissions('AuditEvent', mayRead),
  // A rule here also binds the field where identity owns it, and there it answers those who are just signing in.
  User: { id: anyone },
  ApiKey: { id: signedIn },
  Agent: { id: signedIn, auditEvents: mayRead },
}
