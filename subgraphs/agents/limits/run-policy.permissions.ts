import { hasScope, type PermissionMap, signedIn } from '#platform/graphql/rules'

export const runPolicyPermissions: PermissionMap = {
  Query: { runPolicy: hasScope('organization:read') },
  Mutation: { updateRunPolicy: hasScope('organization:write') },
  // Reached through these two alone.
  RunPolicy: { '*': signedIn },
}
