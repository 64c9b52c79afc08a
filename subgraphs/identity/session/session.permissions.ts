import { connectionPermissions } from '#platform/graphql/page.permissions'
import { anyone, hasScope, notByKey, orRow, type PermissionMap, signedIn } from '#platform/graphql/rules'

const ownSession = orRow(
  hasScope('session:read'),
  'own session',
  (session, caller) => (session as { userId: string }).userId === caller.userId,
)

export const sessionPermissions: PermissionMap = {
  // Without `session:read` these lead to one's own sessions only.
  Query: { sessions: signedIn },
  Mutation: {
    login: notByKey(anyone),
    refreshSession: notByKey(anyone),
    switchOrganization: notByKey(signedIn),
    logout: notByKey(signedIn),
    logoutEverywhere: notByKey(signedIn),
    revokeSession: signedIn,
  },
  // Reached only through these, which lead to nobody else's.
  Session: { '*': signedIn, user: ownSession, address: ownSession, userAgent: ownSession },
  SessionTokens: { '*': anyone },
  ...connectionPermissions('Session', signedIn),
  MfaChallenge: { '*': anyone },
}
