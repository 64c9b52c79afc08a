import type { DomainError } from '#platform/errors/domain-error'

const statuses: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  CLIENT_REFUSED: 403,
  // As Apollo's clients know it: an answer that asks for the text, not a failure of the request.
  PERSISTED_QUERY_NOT_FOUND: 200,
  PERSISTED_QUERY_NOT_SUPPORTED: 200,
  UNAUTHORIZED_FIELD_OR_TYPE: 403,
  RATE_LIMITED: 429,
  INTERNAL_SERVER_ERROR: 500,
  SUBGRAPH_UNAVAILABLE: 503,
}

/** The HTTP status of a request that was refused as a whole, by the code of its error. */
export const statusOf = (code: unknown): number => statuses[String(code)] ?? 400

/**
 * The headers that belong to such a status.
 *
 * @param challenge the `WWW-Authenticate` of a 401 (RFC 6750 §3)
 */
export function headersOf(
  status: number,
  error: Pick<Partial<DomainError>, 'details'> | undefined,
  challenge = 'Bearer',
): Record<string, string> {
  if (status === 401) return { 'www-authenticate': challenge }
  if (status !== 429 && status !== 503) return {}
  const { retryAfterSeconds = 1 } = (error?.details ?? {}) as { retryAfterSeconds?: number }
  return { 'retry-after': String(retryAfterSeconds) }
}
