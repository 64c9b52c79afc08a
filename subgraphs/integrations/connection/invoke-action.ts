import {
  ActionInputInvalidError,
  ActionUnknownError,
  ConnectionInactiveError,
  ConnectionMissingError,
} from '../connector/connector.errors.ts'
import { faultsOf } from '../connector/faults.ts'
import { storableResult } from '../connector/storable-result.ts'
import { organizationParts } from '../egress-rule/organization-parts.ts'
import type { IntegrationsCtx } from '../integrations.context.ts'
import { findStanding } from './connection.queries.ts'

export interface InvokeActionRequest {
  readonly connectionId: string
  readonly action: string
  /** The action's input, as its connector's schema has it. */
  readonly with: unknown
  /** Names the effect: the same however often the step is tried. Printable ASCII, for it may travel as a header. */
  readonly effectKey: string
  /** Issues a token with the rights of the run; asked only by connectors that call the platform itself. */
  readonly runToken: (refused?: string) => Promise<string>
  readonly signal: AbortSignal
  /** Over the whole call, at most two minutes. */
  readonly timeoutMs: number
}

/**
 * Performs one action of a connection of the caller's organization.
 *
 * @returns a JSON value of at most 1 MB that PostgreSQL can store
 * @throws ConnectorError NOT_FOUND, CONNECTION_INACTIVE, ACTION_UNKNOWN, ACTION_INPUT_INVALID, EGRESS_REFUSED,
 *   EGRESS_TIMEOUT, EGRESS_TOO_LARGE, EGRESS_FAILED, CONNECTOR_HTTP_STATUS, CONNECTOR_GRAPHQL_ERRORS,
 *   CONNECTOR_ANSWER_UNREADABLE, each saying whether it is `retryable`; when `signal` is aborted, its reason; what
 *   `runToken` throws
 */
export async function invokeAction(ctx: IntegrationsCtx, request: InvokeActionRequest): Promise<unknown> {
  const found = await findStanding(ctx, request.connectionId)
  if (found === null) throw new ConnectionMissingError()
  const { standing } = found
  if (!standing.usable) throw new ConnectionInactiveError(standing.status, standing.reason)
  const { connector, config, secrets } = standing
  const action = connector.actions.find(({ key }) => key === request.action)
  if (action === undefined) throw new ActionUnknownError(connector.key, request.action)
  const input = action.input.safeParse(request.with)
  if (!input.success) throw new ActionInputInvalidError(faultsOf(input.error))
  const { effectKey, runToken, signal, timeoutMs } = request
  const result = await action.run(
    {
      config,
      secrets,
      parts: await organizationParts(ctx),
      effectKey,
      runToken,
      traceparent: ctx.traceparent,
      signal,
      timeoutMs,
    },
    input.data,
  )
  return storableResult(result)
}
