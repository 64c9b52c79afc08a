import { connectionPermissions } from '#platform/graphql/page.permissions'
import { hasScope, type PermissionMap } from '#platform/graphql/rules'

const reader = hasScope('ops:read')
const redriver = hasScope('ops:redrive')

export const deadLetterPermissions: PermissionMap = {
  Query: { deadLetters: reader },
  Mutation: { redriveDeadLetters: redriver },
  DeadLetter: { '*': reader },
  RedrivenDeadLetters: { '*': redriver },
  ...connectionPermissions('DeadLetter', reader),
}
