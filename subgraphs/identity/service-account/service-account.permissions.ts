import { fresh, hasScope, type PermissionMap } from '#platform/graphql/rules'

export const serviceAccountPermissions: PermissionMap = {
  Mutation: { createServiceAccount: fresh(hasScope('user:write')) },
}
