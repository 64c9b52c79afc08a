import { anyone, fresh, hasScope, notByKey, orNobody, type PermissionMap, signedIn } from '#platform/graphql/rules'

/** Adding a factor: the signed-in user, or one whose sign-in waits for a first factor and who brings its token. */
const enrolling = orNobody(fresh(signedIn), 'with the token of a sign-in')

export const factorPermissions: PermissionMap = {
  Query: { mfa: notByKey(signedIn), passkeys: notByKey(signedIn) },
  Mutation: {
    completeLogin: notByKey(anyone),
    startPasskeyLogin: notByKey(anyone),
    startReauthentication: notByKey(signedIn),
    reauthenticate: notByKey(signedIn),
    enrollTotp: enrolling,
    confirmTotp: enrolling,
    startPasskeyRegistration: enrolling,
    finishPasskeyRegistration: enrolling,
    disableTotp: fresh(signedIn),
    deletePasskey: fresh(signedIn),
    regenerateRecoveryCodes: fresh(signedIn),
    resetFactors: fresh(hasScope('user:write')),
  },
  Mfa: { '*': signedIn },
  Reauthentication: { '*': signedIn },
  // Reached only through the doors above, which lead to one's own.
  Passkey: { '*': anyone },
  TotpEnrollment: { '*': anyone },
  PasskeyRegistration: { '*': anyone },
  AddedFactor: { '*': anyone },
}
