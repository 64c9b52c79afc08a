import { type Caller, systemCaller, systemOrganizationId } from '#platform/caller/caller'
import { keyAnswer, type VerifiedKey } from '#platform/caller/verified-key'
import { signedCall } from '#platform/http/signed-call'
import type { Logger } from '#platform/log/logger'
import { SubgraphUnavailableError } from '../../errors/edge.errors.ts'

export type Client = Pick<Caller, 'address' | 'userAgent'>

/** Asks the keys' keeper what a key stands for now; null for one that is not good. */
export type Exchange = (text: string, client: Client) => Promise<VerifiedKey | null>

const timeoutMs = 3_000
/** More at a time are turned away: made-up keys must not become as many open calls. */
const exchangesMax = 64

/**
 * The exchange of keys at the issuer's signed address. The key travels in the body only, which nobody logs.
 *
 * @returns an exchange that throws SubgraphUnavailableError when the issuer cannot be asked in time
 */
export function exchangeAt(url: URL, key: Uint8Array, log: Logger): Exchange {
  let running = 0
  const unavailable = () => new SubgraphUnavailableError('API keys cannot be checked right now. Try again in a moment.')
  return async (text, client) => {
    if (running >= exchangesMax) throw unavailable()
    running += 1
    try {
      const caller = { ...systemCaller(systemOrganizationId), ...client }
      const answer = await signedCall({ url, audience: 'api-keys', key, caller, body: { key: text }, timeoutMs })
      return keyAnswer.parse(answer).key
    } catch (error) {
      log.warn({ err: error }, 'an API key could not be checked')
      throw unavailable()
    } finally {
      running -= 1
    }
  }
}
