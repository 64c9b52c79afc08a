import { createLocalJWKSet, type JWTVerifyGetKey, errors as jose } from 'jose'
import { Agent, request } from 'undici'
import type { Logger } from '#platform/log/logger'
import { SubgraphUnavailableError } from '../errors/edge.errors.ts'
import type { KeyFile } from './key-file.ts'
import { type KeySet, readKeySet } from './key-set.ts'

export interface TrustedKeysOptions {
  readonly url: string
  readonly log: Logger
  /** How often keys are read anew while all goes well: a withdrawn key is trusted at most this long. */
  readonly refreshMs?: number
  /** The least time between two readings that tokens with an unknown key id cause. */
  readonly unknownKeyPauseMs?: number
  /** Where the keys last read outlive this process. */
  readonly file?: KeyFile | null
}

const timeoutMs = 3_000
const retryMs = { first: 250, most: 15_000 }
/** So that the file of a house whose keys do not change never looks old. */
const saveAnewMs = 3_600_000

/**
 * The keys that sign access tokens, held in memory: read at start and every `refreshMs`, tried again with growing pauses
 * while the source does not answer, and once more when a token names a key that we do not hold.
 */
export class TrustedKeys {
  readonly #options: Required<TrustedKeysOptions>
  readonly #agent = new Agent({ connections: 1, maxResponseSize: 100_000, connect: { timeout: timeoutMs } })
  #held: { readonly set: KeySet; readonly find: JWTVerifyGetKey } | undefined
  #reading: Promise<void> | undefined
  #lastReadAt = Number.NEGATIVE_INFINITY
  #saved: Promise<void> = Promise.resolve()
  #savedAt = Number.NEGATIVE_INFINITY
  #lastUnknownKeyAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: TrustedKeysOptions) {
    this.#options = { refreshMs: 10_000, unknownKeyPauseMs: 60_000, file: null, ...options }
  }

  /** Takes the keys kept on disk and begins reading in the background: a source that is down keeps nobody from starting. */
  async start(): Promise<void> {
    const kept = await this.#options.file?.load()
    if (kept) {
      this.#hold(kept)
      this.#options.log.info({ keys: kept.keys.length }, 'token verification keys were taken from the disk')
    }
    void this.#keepReading(retryMs.first)
  }

  /** The keys held, or null while there are none. */
  get published(): KeySet | null {
    return this.#held?.set ?? null
  }

  /**
   * The key that a token's header names, for jose's `jwtVerify`.
   *
   * @throws SubgraphUnavailableError while no keys could be read; JWKSNoMatchingKey when none fits
   */
  find: JWTVerifyGetKey = async (header, token) => {
    if (this.#held === undefined && performance.now() - this.#lastReadAt > retryMs.first) await this.#read()
    const held = this.#held ?? this.#unavailable()
    try {
      return await held.find(header, token)
    } catch (error) {
      if (!(error instanceof jose.JWKSNoMatchingKey) || !this.#mayReadForUnknownKey()) throw error
      await this.#read()
      return await (this.#held ?? held).find(header, token)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#agent.destroy()
    await this.#saved
  }

  #unavailable(): never {
    throw new SubgraphUnavailableError('Access tokens cannot be checked right now. Try again in a moment.')
  }

  #mayReadForUnknownKey(): boolean {
    if (performance.now() - this.#lastUnknownKeyAt < this.#options.unknownKeyPauseMs) return false
    this.#lastUnknownKeyAt = performance.now()
    return true
  }

  async #keepReading(pauseMs: number): Promise<void> {
    const failed = !(await this.#read())
    if (this.#closed) return
    const next = () => this.#keepReading(failed ? Math.min(pauseMs * 2, retryMs.most) : retryMs.first)
    this.#timer = setTimeout(next, failed ? pauseMs : this.#options.refreshMs).unref()
  }

  /** One reading at a time, shared by all who wait for it. Keys held stay when it fails. */
  async #read(): Promise<boolean> {
    const before = this.#held
    this.#reading ??= this.#fetch().finally(() => {
      this.#reading = undefined
      this.#lastReadAt = performance.now()
    })
    await this.#reading
    return this.#held !== before
  }

  async #fetch(): Promise<void> {
    try {
      const signal = AbortSignal.timeout(timeoutMs)
      const { statusCode, body } = await request(this.#options.url, { dispatcher: this.#agent, signal })
      const text = await body.text()
      if (statusCode !== 200) throw new Error(`status ${statusCode}`)
      const set = readKeySet(text)
      const changed = JSON.stringify(set) !== JSON.stringify(this.#held?.set)
      this.#hold(set)
      this.#keep(set, changed)
    } catch (error) {
      if (!this.#closed) this.#options.log.warn({ err: error }, 'token verification keys could not be read')
    }
  }

  #hold(set: KeySet): void {
    this.#held = { set, find: createLocalJWKSet({ keys: [...set.keys] }) }
  }

  /** Not waited for: a slow disk must not hold up whoever waits for a key. One after the other, the newest last. */
  #keep(set: KeySet, changed: boolean): void {
    const { file } = this.#options
    if (file === null || (!changed && performance.now() - this.#savedAt < saveAnewMs)) return
    this.#savedAt = performance.now()
    this.#saved = this.#saved.then(() => file.save(set))
  }
}
