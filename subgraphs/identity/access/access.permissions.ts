import { type PermissionMap, signedIn } from '#platform/graphql/rules'

export const accessPermissions: PermissionMap = {
  // For one's own rights; whose else, the verb decides: that depends on what is asked.
  Query: { explainAccess: signedIn },
  AccessExplanation: { '*': signedIn },
  FieldAccess: { '*': signedIn },
}
