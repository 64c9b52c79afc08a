import { createHash } from 'node:crypto'
import type { VerifiedKey } from '#platform/caller/verified-key'
import type { RevocationList } from '../revocation-list.ts'
import { BoundedMap } from './bounded-map.ts'
import type { Client, Exchange } from './exchange-key.ts'

export interface KnownKeysOptions {
  readonly exchange: Exchange
  readonly revocations: Pick<RevocationList, 'isRevoked'>
  /** How long an answer is believed; what is revoked meanwhile counts at once. */
  readonly knownMs?: number
  readonly refusedMs?: number
  readonly keysMax?: number
}

/**
 * What the keys that were used lately stand for, kept in memory under the hash of their text. Of a key that many requests
 * bring at once, one exchange is under way; keys that were refused are remembered apart, so that noise drives out nothing.
 */
export class KnownKeys {
  readonly #options: Required<KnownKeysOptions>
  readonly #known: BoundedMap<string, { readonly key: VerifiedKey; readonly until: number }>
  readonly #refusedUntil: BoundedMap<string, number>
  readonly #asking = new Map<string, Promise<VerifiedKey | null>>()

  constructor(options: KnownKeysOptions) {
    this.#options = { knownMs: 30_000, refusedMs: 10_000, keysMax: 10_000, ...options }
    this.#known = new BoundedMap(this.#options.keysMax)
    this.#refusedUntil = new BoundedMap(this.#options.keysMax)
  }

  /** @returns null for a key that is not good; throws what the exchange throws */
  async find(text: string, client: Client): Promise<VerifiedKey | null> {
    const hash = createHash('sha256').update(text).digest('base64')
    const known = this.#known.get(hash)
    if (known !== undefined) {
      if (known.until > performance.now() && this.#isGood(known.key)) return known.key
      this.#known.delete(hash)
    }
    if ((this.#refusedUntil.get(hash) ?? 0) > performance.now()) return null
    const key = await this.#ask(hash, text, client)
    if (key === null || this.#isGood(key)) return key
    // The answer was under way when something that it rests on was revoked: the next one was not.
    this.#known.delete(hash)
    const later = await this.#ask(hash, text, client)
    return later !== null && this.#isGood(later) ? later : null
  }

  #isGood(key: VerifiedKey): boolean {
    return key.expiresAt.getTime() > Date.now() && !this.#options.revocations.isRevoked(key.subjects, key.revision)
  }

  #ask(hash: string, text: string, client: Client): Promise<VerifiedKey | null> {
    const running = this.#asking.get(hash)
    if (running !== undefined) return running
    const asking = this.#exchange(hash, text, client).finally(() => this.#asking.delete(hash))
    this.#asking.set(hash, asking)
    return asking
  }

  async #exchange(hash: string, text: string, client: Client): Promise<VerifiedKey | null> {
    const { exchange, knownMs, refusedMs } = this.#options
    // Counted from the question: the answer is of no later moment.
    const asked = performance.now()
    const key = await exchange(text, client)
    if (key === null) this.#refusedUntil.set(hash, asked + refusedMs)
    else this.#known.set(hash, { key, until: asked + knownMs })
    return key
  }
}
