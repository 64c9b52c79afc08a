import { connectionPermissions as listPermissions } from '#platform/graphql/page.permissions'
import { anyone, fresh, hasScope, type PermissionMap, signedIn } from '#platform/graphql/rules'

const reader = hasScope('connection:read')

export const connectionPermissions: PermissionMap = {
  Query: { connection: reader, connections: reader },
  Mutation: {
    createConnection: fresh(hasScope('connection:write')),
    testConnection: hasScope('connection:test'),
    deleteConnection: hasScope('connection:write'),
  },
  // Whoever may make or test a connection learns which one it is; and agents name connections by their id.
  Connection: { id: signedIn, '*': reader },
  ...listPermissions('Connection', reader),
  // As identity has it: sign-in answers with a user too. Here only a connection leads to one.
  User: { id: anyone },
}
