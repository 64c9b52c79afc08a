import { loadById } from '#platform/graphql/load-by-id'
import { defineSubgraph } from '#platform/subgraph/define'
import type { IntegrationsConfig } from './config.ts'
import { Connection } from './connection/connection.entity.ts'
import { connectionPermissions } from './connection/connection.permissions.ts'
import { ConnectionResolver } from './connection/connection.resolver.ts'
import { connectorCaching } from './connector/connector.caching.ts'
import { connectorPermissions } from './connector/connector.permissions.ts'
import { ConnectorResolver } from './connector/connector.resolver.ts'
import { egressRulePermissions } from './egress-rule/egress-rule.permissions.ts'
import { EgressRuleResolver } from './egress-rule/egress-rule.resolver.ts'
import { type IntegrationsCtx, type IntegrationsParts, openIntegrationsParts } from './integrations.context.ts'
import { integrationsDatabase } from './orm.ts'

export const integrations = defineSubgraph<IntegrationsConfig, IntegrationsParts>({
  name: 'integrations',
  database: integrationsDatabase,
  resolvers: [ConnectorResolver, ConnectionResolver, EgressRuleResolver],
  references: {
    Connection: (reference: { id: string }, ctx: IntegrationsCtx) => loadById(ctx, Connection, reference.id),
  },
  permissions: [connectorPermissions, connectionPermissions, egressRulePermissions],
  caching: connectorCaching,
  open: (config, runtime) => {
    const parts = openIntegrationsParts(config)
    runtime.onClose('egress', parts.close)
    if (parts.secretBox === undefined)
      runtime.log.warn('CONNECTION_SECRETS_KEY is not set: connections that need a secret are inactive')
    return parts
  },
})
