import { LockMode } from '@mikro-orm/core'
import { write } from '#platform/db/write'
import { NotFoundError } from '#platform/errors/common-errors'
import { ConnectorError, ConnectorHttpStatusError } from '../connector/connector.errors.ts'
import { connectionTestMs } from '../connector/connector.limits.ts'
import { organizationParts } from '../egress-rule/organization-parts.ts'
import type { IntegrationsCtx } from '../integrations.context.ts'
import { Connection } from './connection.entity.ts'
import type { TestConnectionInput } from './connection.graphql.ts'
import { statusReasonLengthMax } from './connection.limits.ts'
import { findStanding } from './connection.queries.ts'
import type { Standing, TestedStatus } from './connection.status.ts'

interface Outcome {
  readonly status: TestedStatus
  readonly reason: string | null
}

/**
 * Calls the service once and stores what came of it: active, in need of other credentials (401, 403), or degraded. What
 * lacks something for a call is not called, and stays what it is.
 *
 * @throws NotFoundError
 */
export async function testConnection(
  ctx: IntegrationsCtx,
  input: TestConnectionInput,
  timeoutMs = connectionTestMs,
): Promise<Connection> {
  const found = await findStanding(ctx, input.connectionId)
  if (found === null) throw new NotFoundError('connection')
  const { standing } = found
  const outcome = standing.usable ? await outcomeOf(ctx, standing, timeoutMs) : undefined
  return write(ctx, 'connection.tested', async (tx) => {
    const id = input.connectionId
    const connection = await tx.em.findOne(Connection, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE })
    if (connection === null) throw new NotFoundError('connection')
    tx.target('connection', id, connection.name)
    if (outcome !== undefined) Object.assign(connection, { ...stored(outcome), lastTestedAt: new Date() })
    tx.detail('status', outcome?.status ?? (standing.usable ? connection.status : standing.status))
    return connection
  })
}

const stored = ({ status, reason }: Outcome) => ({
  status,
  statusReason: reason?.slice(0, statusReasonLengthMax) ?? null,
})

async function outcomeOf(
  ctx: IntegrationsCtx,
  { connector, config, secrets }: Standing & { usable: true },
  timeoutMs: number,
): Promise<Outcome> {
  try {
    const parts = await organizationParts(ctx)
    await connector.test({ config, secrets, parts, timeoutMs, signal: undefined })
    return { status: 'ACTIVE', reason: null }
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    const { code, internal, message } = error
    ctx.log.info({ requestId: ctx.requestId, code, internal }, 'a connection test failed')
    const refused = error instanceof ConnectorHttpStatusError && [401, 403].includes(error.status)
    return { status: refused ? 'NEEDS_REAUTH' : 'DEGRADED', reason: message }
  }
}
