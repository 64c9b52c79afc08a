import type { Egress } from '#platform/http/egress/egress'
import { ConnectorHttpStatusError } from '../connector.errors.ts'
import type { ConnectorCall } from '../connector.ts'
import { guardedRequest, retryableStatus } from '../guarded-request.ts'
import { retryAfterMs } from '../http/perform-request.ts'
import { masking } from '../http/read-http-answer.ts'

/**
 * A `fetch` that leaves through the guard. A status of 400 or more is thrown, so that the words of the service are read by
 * nobody: they repeat credentials. To ask a model twice does no more than asking it once, besides what it costs.
 */
export function fetchThrough(
  egress: Egress,
  { secrets, timeoutMs, signal }: Pick<ConnectorCall<unknown>, 'secrets' | 'timeoutMs' | 'signal'>,
): typeof fetch {
  const masked = masking(Object.values(secrets))
  return async (url, init = {}) => {
    const request = {
      url: String(url),
      method: init.method ?? 'GET',
      headers: Object.fromEntries(new Headers(init.headers)),
      timeoutMs,
      ...(typeof init.body === 'string' && { body: init.body }),
      ...(signal && { signal }),
    }
    const { status, headers, body } = await guardedRequest(egress, request, true)
    if (status >= 400) {
      const again = status >= 500 || retryableStatus(status, true)
      throw new ConnectorHttpStatusError(status, again, retryAfterMs(headers['retry-after'], Date.now()))
    }
    return new Response(masked(body.toString('utf8')), { headers: { 'content-type': 'application/json' } })
  }
}
