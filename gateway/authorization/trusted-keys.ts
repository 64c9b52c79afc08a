import { createLocalJWKSet, type JWTVerifyGetKey, errors as jose } from 'jose'
import { Agent, request } from 'undici'
import { z } from 'zod'
import type { Logger } from '#platform/log/logger'
import { SubgraphUnavailableError } from '../errors/edge.errors.ts'

/** The public members of an Ed25519 key (RFC 8037); whatever else the source published is dropped here. */
const publicKey = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().regex(/^[\w-]{43}$/),
  kid: z.string().max(200).exactOptional(),
  use: z.literal('sig').exactOptional(),
  alg: z.enum(['EdDSA', 'Ed25519']).exactOptional(),
})
const keySet = z.object({ keys: z.array(z.unknown()).max(100) })

export interface KeySet {
  readonly keys: readonly z.infer<typeof publicKey>[]
}

export interface TrustedKeysOptions {
  readonly url: string
  readonly log: Logger
  /** How often keys are read anew while all goes well: a withdrawn key is trusted at most this long. */
  readonly refreshMs?: number
  /** The least time between two readings that tokens with an unknown key id cause. */
  readonly unknownKeyPauseMs?: number
}

const timeoutMs = 3_000
const retryMs = { first: 250, most: 15_000 }

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
  #lastUnknownKeyAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: TrustedKeysOptions) {
    this.#options = { refreshMs: 600_000, unknownKeyPauseMs: 60_000, ...options }
  }

  /** Begins reading in the background: a source that is down keeps nobody from starting. */
  start(): void {
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
      const keys = keySet.parse(JSON.parse(text)).keys.flatMap((key) => {
        const read = publicKey.safeParse(key)
        return read.success ? [read.data] : []
      })
      if (keys.length === 0) throw new Error('no Ed25519 keys')
      this.#held = { set: { keys }, find: createLocalJWKSet({ keys }) }
    } catch (error) {
      if (!this.#closed) this.#options.log.warn({ err: error }, 'token verification keys could not be read')
    }
  }
}
