import { createHmac } from 'node:crypto'
import type { Caller } from '#platform/caller/caller'
import { networkOf } from '#platform/caller/network-of'

/**
 * Names of buckets: HMAC-SHA256 of what they count, so that the table holds neither addresses nor e-mail addresses, and
 * nobody can find one by trying.
 */
export class AttemptKeys {
  readonly #key: Uint8Array

  constructor(key: Uint8Array) {
    this.#key = key
  }

  /** @param parts texts that together name one thing; no two lists of parts share a name */
  of(...parts: readonly (string | null)[]): string {
    return createHmac('sha256', this.#key).update(JSON.stringify(parts)).digest('base64url')
  }

  /** A client from which the account signed in: its address and what it says it is. */
  client(account: string, { address, userAgent }: Pick<Caller, 'address' | 'userAgent'>): string {
    return this.of('client', accountOf(account), networkOf(address), userAgent)
  }
}

/** However it is spelled, an account is counted once. */
export const accountOf = (email: string): string => email.trim().toLowerCase()
