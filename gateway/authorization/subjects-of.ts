import type { Caller } from '#platform/caller/caller'

/** The names by which the revocation list may speak of a caller's credentials. */
export function* subjectsOf(caller: Caller): Iterable<string> {
  const { userId, organizationId, sessionId, apiKeyId, roles } = caller
  if (userId !== null) {
    yield `user:${userId}`
    yield `member:${organizationId}/${userId}`
  }
  if (sessionId !== null) yield `session:${sessionId}`
  if (apiKeyId !== null) yield `api-key:${apiKeyId}`
  for (const role of roles) yield `role:${organizationId}/${role}`
}
