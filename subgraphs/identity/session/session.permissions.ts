import { anyone, type PermissionMap, signedIn } from '#platform/graphql/rules'

export const sessionPermissions: PermissionMap = {
  Mutation: { login: anyone, refreshSession: anyone, switchOrganization: signedIn, logout: signedIn },
  SessionTokens: { '*': anyone },
}
