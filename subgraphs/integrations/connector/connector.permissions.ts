import { hasScope, type PermissionMap } from '#platform/graphql/rules'

const reader = hasScope('connection:read')

export const connectorPermissions: PermissionMap = {
  Query: { connectors: reader, connector: reader },
  Connector: { '*': reader },
  ConnectorSecret: { '*': reader },
  ConnectorAction: { '*': reader },
}
