import { createHmac } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { Caller } from '#platform/caller/caller'

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

/**
 * What one subscriber has of addresses: one of IPv4, and the first 64 bits of IPv6, within which a single machine may
 * choose (RFC 8981).
 */
export function networkOf(address: string | null): string | null {
  if (address === null) return null
  const [plain = ''] = address.split('%')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)
  if (mapped !== null) return mapped[1] ?? null
  if (!isIPv6(plain)) return plain
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const [head = '', tail] = plain.split('::')
  const before = groups(head)
  const after = groups(tail ?? '').flatMap((group) => (group.includes('.') ? ['v4', 'v4'] : [group]))
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length
  const all = [...before, ...Array.from({ length: zeros }, () => '0'), ...after]
  const first = all.slice(0, 4).map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
  return `${first.join(':')}::/64`
}
