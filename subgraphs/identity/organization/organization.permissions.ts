import { fresh, hasScope, type PermissionMap, signedIn } from '#platform/graphql/rules'

export const organizationPermissions: PermissionMap = {
  Query: { viewer: signedIn },
  Mutation: { updateOrganization: fresh(hasScope('organization:write')) },
  Viewer: { '*': signedIn },
  Organization: { '*': signedIn },
}
