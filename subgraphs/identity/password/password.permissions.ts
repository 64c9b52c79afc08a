import { anyone, fresh, hasScope, notByKey, type PermissionMap, signedIn } from '#platform/graphql/rules'

export const passwordPermissions: PermissionMap = {
  Mutation: {
    changePassword: fresh(notByKey(signedIn)),
    requestPasswordReset: notByKey(anyone),
    resetPassword: notByKey(anyone),
    createPasswordResetLink: fresh(notByKey(hasScope('user:write'))),
  },
  PasswordResetLink: { '*': hasScope('user:write') },
}
