import { hasScope, type PermissionMap } from '#platform/graphql/rules'

export const rolePermissions: PermissionMap = {
  Query: { roles: hasScope('role:read') },
  Mutation: { assignRole: hasScope('role:write'), revokeRole: hasScope('role:write') },
  Role: { '*': hasScope('role:read') },
}
