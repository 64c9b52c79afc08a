import { fresh, hasScope, type PermissionMap, signedIn } from '#platform/graphql/rules'

const mayGrant = fresh(hasScope('role:write'))

export const rolePermissions: PermissionMap = {
  Query: { roles: hasScope('role:read') },
  Mutation: {
    assignRole: mayGrant,
    revokeRole: mayGrant,
    createRole: mayGrant,
    updateRole: mayGrant,
    deleteRole: mayGrant,
  },
  // Its doors are the above: whoever may change a role but not list all may see what they changed.
  Role: { '*': signedIn },
}
