import { DomainError } from '#platform/errors/domain-error'
import type { Egress, EgressRequest, EgressResponse } from '#platform/http/egress/egress'
import { ConnectorError } from './connector.errors.ts'

/**
 * A request through the guard whose refusals say whether they may be retried.
 *
 * @param repeatable whether making the request twice does no more than making it once
 * @throws ConnectorError EGRESS_REFUSED, EGRESS_TIMEOUT, EGRESS_TOO_LARGE, EGRESS_FAILED; when the request's signal is
 *   aborted, its reason
 */
export async function guardedRequest(
  egress: Egress,
  request: EgressRequest,
  repeatable: boolean,
): Promise<EgressResponse> {
  try {
    return await egress.request(request)
  } catch (error) {
    if (request.signal?.aborted || !(error instanceof DomainError)) throw error
    // Whether a broken or late call had its effect cannot be known.
    const retryable = repeatable && (error.code === 'EGRESS_TIMEOUT' || error.code === 'EGRESS_FAILED')
    throw new ConnectorError(
      error.code,
      error.message,
      retryable,
      error.internal === undefined ? {} : { internal: error.internal },
    )
  }
}

/** Refused before anything was done (RFC 6585 §4), so repeating is always harmless. */
const refusedUndone: ReadonlySet<number> = new Set([429])
const passing: ReadonlySet<number> = new Set([408, 425, 500, 502, 503, 504])

/** Whether a request that was answered with this status may be made again. */
export const retryableStatus = (status: number, repeatable: boolean): boolean =>
  refusedUndone.has(status) || (repeatable && passing.has(status))
