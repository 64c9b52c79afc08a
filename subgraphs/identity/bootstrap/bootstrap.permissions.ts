import { anyone, notByKey, type PermissionMap } from '#platform/graphql/rules'

export const bootstrapPermissions: PermissionMap = {
  Mutation: { bootstrapOwner: notByKey(anyone) },
}
