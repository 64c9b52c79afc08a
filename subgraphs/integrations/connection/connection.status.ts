import type { Connector } from '../connector/connector.ts'
import { connectorOf } from '../connector/connectors.ts'
import type { IntegrationsCtx } from '../integrations.context.ts'
import type { Connection } from './connection.entity.ts'
import type { ConnectionSecret } from './connection-secret.entity.ts'
import { openSecrets } from './open-secrets.ts'

export const ConnectionStatus = {
  ACTIVE: 'ACTIVE',
  INACTIVE: 'INACTIVE',
  DEGRADED: 'DEGRADED',
  NEEDS_REAUTH: 'NEEDS_REAUTH',
  UNDECRYPTABLE: 'UNDECRYPTABLE',
} as const
export type ConnectionStatus = keyof typeof ConnectionStatus

/** What a test can find, and what is stored. The other two depend on the process that looks, and are seen anew. */
export type TestedStatus = Extract<ConnectionStatus, 'ACTIVE' | 'DEGRADED' | 'NEEDS_REAUTH'>

/** Whether a connection's calls have what they need, and if so, that. */
export type Standing =
  | {
      readonly usable: true
      readonly connector: Connector
      readonly config: unknown
      readonly secrets: Readonly<Record<string, string>>
    }
  | { readonly usable: false; readonly status: ConnectionStatus; readonly reason: string }

/**
 * Looks whether a connection can be used now: its connector is known, its configuration fits, its secrets are there and
 * open under this process's key. What cannot be used is warned about once.
 *
 * @param stored the connection's own secret rows
 */
export function standingOf(
  ctx: IntegrationsCtx,
  connection: Connection,
  stored: readonly ConnectionSecret[],
): Standing {
  const standing = judge(ctx, connection, stored)
  if (!standing.usable) {
    const { status, reason } = standing
    const fields = { connectionId: connection.id, organizationId: connection.organizationId, status, reason }
    ctx.parts.warnings.warn(ctx.log, `${connection.id}:${reason}`, fields, 'a connection cannot be used')
  }
  return standing
}

function judge(ctx: IntegrationsCtx, connection: Connection, stored: readonly ConnectionSecret[]): Standing {
  const inactive = (reason: string): Standing => ({ usable: false, status: 'INACTIVE', reason })
  const connector = connectorOf(connection.connector)
  if (connector === undefined) return inactive(`This version has no connector "${connection.connector}".`)
  const config = connector.config.safeParse(connection.config)
  if (!config.success) return inactive('Its configuration does not fit the connector any more.')
  const needed = connector.secretsNeeded(config.data)
  const missing = needed.filter((field) => !stored.some((secret) => secret.field === field))
  if (missing.length > 0) return inactive(`It lacks its secret: ${missing.join(', ')}.`)
  if (needed.length === 0) return { usable: true, connector, config: config.data, secrets: {} }
  if (ctx.parts.secretBox === undefined)
    return inactive('Its secrets cannot be opened: CONNECTION_SECRETS_KEY is not set.')
  const secrets = openSecrets(ctx.parts.secretBox, stored)
  if (needed.some((field) => secrets[field] === undefined))
    return {
      usable: false,
      status: 'UNDECRYPTABLE',
      reason: 'Its secrets do not open under the key of this installation. Enter them again, or restore the key.',
    }
  return { usable: true, connector, config: config.data, secrets }
}
