import type { Answer } from '../execution/operation.ts'
import type { EdgeContext } from '../execution/request-context.ts'

/** What an answer depends on beside its URL (RFC 9110 §12.5.5). CORS adds the origin. */
const vary = 'accept, authorization, x-api-key, x-client-id, x-view-as-role, x-view-as-scopes'

/**
 * By which a browser, or a cache on the way, keeps an answer for the rest of its time (RFC 9111 §5.1, §5.2.2). Public is
 * what is public by its parts and was asked for by somebody unknown.
 *
 * @returns none for an answer that may not be kept, or for less than a second
 */
export function cacheHeaders(
  { lifetime, errors }: Answer,
  { caller, authorization }: Pick<EdgeContext, 'caller' | 'authorization'>,
  now = Date.now(),
): Record<string, string> {
  if (lifetime === undefined || errors !== undefined) return {}
  const age = Math.max(0, Math.floor((now - lifetime.bornAt) / 1_000))
  const left = Math.floor((lifetime.expiresAt - now) / 1_000)
  if (left < 1) return {}
  const isPublic = lifetime.isPublic && caller.kind === 'anonymous' && authorization === undefined
  return { 'cache-control': `${isPublic ? 'public' : 'private'}, max-age=${age + left}`, age: `${age}`, vary }
}
