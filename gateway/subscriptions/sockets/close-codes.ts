import { DomainError } from '#platform/errors/domain-error'
import { ServerShutdownError } from '../subscription.errors.ts'

/** How a WebSocket is closed: a code (RFC 6455 §7.4) and, for programs too, a reason that begins with the error's own code. */
export interface Closing {
  readonly code: number
  readonly reason: string
}

/**
 * graphql-ws's client connects again after every one of these but 4400: then it is asked for new credentials. Codes from 4400
 * on are its protocol's.
 */
const codes: Readonly<Record<string, number>> = {
  SERVER_SHUTDOWN: 1012,
  CLIENT_TOO_SLOW: 1013,
  RATE_LIMITED: 1013,
  SUBGRAPH_UNAVAILABLE: 1013,
  UNAUTHENTICATED: 4403,
  FORBIDDEN: 4403,
}
/** As UTF-8, in a control frame (RFC 6455 §5.5). */
const reasonBytesMax = 123

/** @param error what ends the connection; of one that is not public nothing is said */
export function closingOf(error: unknown): Closing {
  if (!(error instanceof DomainError)) return { code: 4500, reason: 'INTERNAL_SERVER_ERROR' }
  const { code, message } = error
  const words = error instanceof ServerShutdownError ? `retryAfterMs=${error.retryAfterMs}` : message
  return { code: codes[code] ?? 4400, reason: cut(`${code}: ${words}`) }
}

function cut(text: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= reasonBytesMax) return text
  // What a cut letter leaves behind is one character.
  return bytes
    .subarray(0, reasonBytesMax)
    .toString()
    .replace(/\uFFFD+$/, '')
}
