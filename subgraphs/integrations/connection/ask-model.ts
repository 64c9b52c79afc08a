import {
  ConnectionMissingError,
  ConnectionWithoutModelsError,
  ProviderInactiveError,
} from '../connector/connector.errors.ts'
import type { ModelAnswer, ModelRequest } from '../connector/model.ts'
import { storableResult } from '../connector/storable-result.ts'
import { organizationParts } from '../egress-rule/organization-parts.ts'
import type { IntegrationsCtx } from '../integrations.context.ts'
import { findStanding } from './connection.queries.ts'

export interface AskModelRequest extends ModelRequest {
  readonly connectionId: string
  /** Names the question: the same however often the step is tried. Sent as `Idempotency-Key`. */
  readonly effectKey: string
  readonly signal: AbortSignal
  /** Over the whole call, at most ten minutes. */
  readonly timeoutMs: number
}

/**
 * Asks a model of a connection of the caller's organization for one answer.
 *
 * @returns an answer of at most 1 MB that PostgreSQL can store
 * @throws ConnectorError NOT_FOUND, PROVIDER_INACTIVE when the connection lacks what its calls need, CONNECTION_WITHOUT_MODELS,
 *   MODEL_UNNAMED, EGRESS_REFUSED, EGRESS_TIMEOUT, EGRESS_TOO_LARGE, EGRESS_FAILED, CONNECTOR_HTTP_STATUS,
 *   CONNECTOR_ANSWER_UNREADABLE, each saying whether it is `retryable`; when `signal` is aborted, its reason
 */
export async function askModel(ctx: IntegrationsCtx, request: AskModelRequest): Promise<ModelAnswer> {
  const found = await findStanding(ctx, request.connectionId)
  if (found === null) throw new ConnectionMissingError()
  const { standing } = found
  if (!standing.usable) throw new ProviderInactiveError(standing.status, standing.reason)
  const { connector, config, secrets } = standing
  if (connector.ask === undefined) throw new ConnectionWithoutModelsError(connector.key)
  const { effectKey, signal, timeoutMs } = request
  const answer = await connector.ask(
    { config, secrets, parts: await organizationParts(ctx), effectKey, signal, timeoutMs },
    request,
  )
  return storableResult(answer) as ModelAnswer
}
