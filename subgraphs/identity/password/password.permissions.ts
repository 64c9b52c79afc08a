import { anyone, fresh, hasScope, notByKey, type PermissionMap, signedIn } from '#platform/graphql/rules'

export const passwordPermissions: PermissionMap = {
  Mutation: {
    changePassword: notByKey(fresh(signedIn)),
    requestPasswordReset: notByKey(anyone),
    resetPassword: notByKey(anyone),
    createPasswordResetLink: notByKey(fresh(hasScope('user:write'))),
  },
  PasswordResetLink: { '*': hasScope('user:write') },
}
