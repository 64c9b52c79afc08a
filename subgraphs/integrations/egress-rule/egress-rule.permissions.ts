import { connectionPermissions } from '#platform/graphql/page.permissions'
import { fresh, hasScope, type PermissionMap } from '#platform/graphql/rules'

// What stands inside an organization's network is told to those alone who decide about it.
const administrator = hasScope('organization:write')

export const egressRulePermissions: PermissionMap = {
  Query: { egressRules: administrator },
  Mutation: { allowEgress: fresh(administrator), disallowEgress: administrator },
  EgressRule: { '*': administrator },
  ...connectionPermissions('EgressRule', administrator),
}
