import { type PermissionMap, signedIn } from '#platform/graphql/rules'

export const organizationPermissions: PermissionMap = {
  Query: { viewer: signedIn },
  Viewer: { '*': signedIn },
  Organization: { '*': signedIn },
}
