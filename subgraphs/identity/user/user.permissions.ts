import { connectionPermissions } from '#platform/graphql/page.permissions'
import { anyone, fresh, hasScope, notByKey, orRow, type PermissionMap, signedIn } from '#platform/graphql/rules'

/** An agent sees of its starter what it was granted, like of anybody. */
const ownOr = (scope: string) =>
  orRow(
    hasScope(scope),
    'own user',
    (user, caller) => caller.agentId === null && (user as { id: string }).id === caller.userId,
  )

export const userPermissions: PermissionMap = {
  Query: {
    me: signedIn,
    user: hasScope('user:read'),
    users: hasScope('user:read'),
    invitations: hasScope('user:invite'),
  },
  Mutation: {
    // An invitation grants roles.
    inviteUser: fresh(hasScope('user:invite')),
    acceptInvitation: notByKey(anyone),
    revokeInvitation: hasScope('user:invite'),
    // Oneself, or others with user:write: whom the verb is aimed at tells.
    updateUser: signedIn,
    deleteUser: fresh(signedIn),
    deactivateUser: fresh(hasScope('user:write')),
    reactivateUser: fresh(hasScope('user:write')),
  },
  // These also answer acceptInvitation and login, whose callers are not signed in yet; no other door is open to them.
  User: {
    id: anyone,
    name: anyone,
    kind: anyone,
    createdAt: anyone,
    email: ownOr('user:read'),
    roles: ownOr('user:read'),
    status: ownOr('user:read'),
  },
  Invitation: { '*': hasScope('user:invite') },
  ...connectionPermissions('User', hasScope('user:read')),
  ...connectionPermissions('Invitation', hasScope('user:invite')),
}
