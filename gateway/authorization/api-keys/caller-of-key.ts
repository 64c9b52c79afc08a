import { isApiKeyText } from '#platform/caller/api-key-text'
import type { Caller } from '#platform/caller/caller'
import { ApiKeyInvalidError, RateLimitedError } from '../../errors/edge.errors.ts'
import type { Credential } from '../credential.ts'
import type { Client } from './exchange-key.ts'
import type { KnownKeys } from './known-keys.ts'
import type { RequestRate, Standing } from './request-rate.ts'

/** Against what API keys are checked. */
export interface ApiKeys {
  readonly known: KnownKeys
  /** Requests by key. */
  readonly uses: RequestRate
}

/**
 * Who an API key speaks for, and how it stands to its own limit. Whoever mistypes one is refused without anybody being asked.
 *
 * @throws ApiKeyInvalidError in the same words, whatever is wrong with it; RateLimitedError when its own limit,
 *   or the address's for wrong keys, is exceeded; SubgraphUnavailableError when it cannot be checked
 */
export async function callerOfKey(
  text: string,
  keys: ApiKeys,
  client: Client,
  onStanding: (standing: Standing) => void,
): Promise<Credential> {
  if (!isApiKeyText(text)) throw new ApiKeyInvalidError()
  const key = await keys.known.find(text, client)
  if (key === null) throw new ApiKeyInvalidError()
  const use = await keys.uses.count(key.apiKeyId, key.rateLimitPerMinute)
  onStanding(use)
  if (use.exceeded) throw new RateLimitedError(use.resetSeconds)
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
  return { caller, subjects: key.subjects, revision: key.revision, endsAt: key.expiresAt.getTime() }
}
