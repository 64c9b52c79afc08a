import { hasScope, type PermissionMap, signedIn } from '#platform/graphql/rules'

export const eventPermissions: PermissionMap = {
  Mutation: { sendEvent: hasScope('run:start') },
  // Told to whoever sent it alone.
  SentEvent: { '*': signedIn },
}
