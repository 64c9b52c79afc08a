import { connectionPermissions } from '#platform/graphql/page.permissions'
import { fresh, hasScope, type PermissionMap, signedIn } from '#platform/graphql/rules'

/** Whose keys a list or a revocation reaches is a condition of its statement: see `keysOpenTo`. */
export const apiKeyPermissions: PermissionMap = {
  Query: { apiKeys: signedIn },
  Mutation: { createApiKey: fresh(hasScope('api-key:write')), revokeApiKey: signedIn },
  ApiKey: { '*': signedIn },
  ...connectionPermissions('ApiKey', signedIn),
}
