import { isApiKeyText } from '#platform/caller/api-key-text'
import type { Caller } from '#platform/caller/caller'
import { ApiKeyInvalidError } from '../../errors/edge.errors.ts'
import type { Credential } from '../credential.ts'
import type { Client } from './exchange-key.ts'
import type { KnownKeys } from './known-keys.ts'

/** Against what API keys are checked. */
export interface ApiKeys {
  readonly known: KnownKeys
}

/**
 * Who an API key speaks for, and how often in a minute it may. Whoever mistypes one is refused without anybody being asked.
 *
 * @throws ApiKeyInvalidError in the same words, whatever is wrong with it; RateLimitedError when the address sent
 *   too many wrong ones; SubgraphUnavailableError when it cannot be checked
 */
export async function callerOfKey(text: string, keys: ApiKeys, client: Client): Promise<Credential> {
  if (!isApiKeyText(text)) throw new ApiKeyInvalidError()
  const key = await keys.known.find(text, client)
  if (key === null) throw new ApiKeyInvalidError()
  const caller: Caller = {
    kind: 'user',
    userId: key.userId,
    organizationId: key.organizationId,
    scopes: key.scopes,
    // A key has scopes, and no role by itself.
    roles: [],
    sessionId: null,
    apiKeyId: key.apiKeyId,
    authTime: null,
    agentId: null,
    runId: null,
    ...client,
  }
  return {
    caller,
    subjects: key.subjects,
    revision: key.revision,
    endsAt: key.expiresAt.getTime(),
    requestsPerMinute: key.rateLimitPerMinute,
  }
}
