import { connectionPermissions as listPermissions } from '#platform/graphql/page'
import { anyone, hasScope, type PermissionMap } from '#platform/graphql/rules'

const reader = hasScope('connection:read')

export const connectionPermissions: PermissionMap = {
  Query: { connection: reader, connections: reader },
  Mutation: {
    createConnection: hasScope('connection:write'),
    testConnection: hasScope('connection:test'),
    deleteConnection: hasScope('connection:write'),
  },
  Connection: { '*': reader },
  ...listPermissions('Connection', reader),
  // As identity has it: sign-in answers with a user too. Here only a connection leads to one.
  User: { id: anyone },
}
