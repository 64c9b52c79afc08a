import type { CryptoKey } from 'jose'
import { read } from '#platform/db/read'
import type { SigningKeyCtx } from '../identity.context.ts'
import { keyIn } from './keep-keys.ts'
import { makeFirstKeys } from './make-first-keys.ts'
import { openSigningKey, type PublicJwk, provenPublicKey } from './new-signing-key.ts'
import { SigningKey } from './signing-key.entity.ts'
import { SigningKeysUnavailableError, SigningKeysUnreadableError } from './signing-key.errors.ts'
import { rereadMs, staleMs } from './signing-key.limits.ts'

export interface ActiveKey {
  readonly kid: string
  /** For signing with; it cannot be exported. */
  readonly key: CryptoKey
}

/** Whoever asks may hold a database connection, and a reading needs one more: it must not be waited for without end. */
const activeMsMax = 3_000

interface Held {
  readonly active: ActiveKey
  readonly published: readonly PublicJwk[]
  /** By the clock of `performance`, in milliseconds. */
  readonly readAt: number
}

/** One node's view of the house's signing keys, read anew every two seconds, so that it follows rotations made elsewhere. */
export class KeyRing {
  readonly #ctx: SigningKeyCtx
  readonly #staleMs: number
  #held: Held | undefined
  #reading: Promise<Held> | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(ctx: SigningKeyCtx, options: { readonly staleMs?: number } = {}) {
    this.#ctx = ctx
    this.#staleMs = options.staleMs ?? staleMs
  }

  /**
   * Makes the house's first keys if there are none, reads them and goes on reading. A database that does not answer yet
   * is waited for in the background.
   *
   * @throws SigningKeysUnreadableError when the keys were sealed with another secrets key than this process has
   */
  async start(): Promise<void> {
    await this.reread().catch((error) => {
      if (error instanceof SigningKeysUnreadableError) throw error
      this.#warn(error)
    })
    this.#timer = setInterval(() => this.reread().catch((error) => this.#warn(error)), rereadMs).unref()
  }

  /** What the world may know: the active key first. Undefined until the keys were read. */
  get published(): readonly PublicJwk[] | undefined {
    return this.#held?.published
  }

  /** @throws SigningKeysUnavailableError when the keys could not be read, or not for too long */
  async active(): Promise<ActiveKey> {
    const held = this.#held
    if (held !== undefined && performance.now() - held.readAt < this.#staleMs) return held.active
    try {
      return (await withinMs(activeMsMax, this.reread())).active
    } catch (error) {
      throw new SigningKeysUnavailableError(error)
    }
  }

  /** Reads the keys now; several callers share one reading. */
  reread(): Promise<Held> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#reading?.catch(() => undefined)
  }

  async #read(): Promise<Held> {
    const readAt = performance.now()
    let keys = await this.#stored()
    if (keyIn(keys, 'active') === undefined) {
      await makeFirstKeys(this.#ctx)
      keys = await this.#stored()
    }
    const active = keyIn(keys, 'active')
    if (active === undefined) throw new Error('no signing key is active')
    const others = keys.filter((key) => key !== active)
    this.#held = {
      active: await this.#opened(active),
      published: [provenPublicKey(active, this.#ctx.parts.box), ...others.flatMap((key) => this.#proven(key))],
      readAt,
    }
    return this.#held
  }

  #stored(): Promise<SigningKey[]> {
    return read(this.#ctx, (em) => em.find(SigningKey, {}, { orderBy: { createdAt: 'desc' } }))
  }

  async #opened(stored: SigningKey): Promise<ActiveKey> {
    if (this.#held?.active.kid === stored.kid) return this.#held.active
    return { kid: stored.kid, key: await openSigningKey(stored, this.#ctx.parts.box) }
  }

  #proven(stored: SigningKey): PublicJwk[] {
    try {
      return [provenPublicKey(stored, this.#ctx.parts.box)]
    } catch (error) {
      this.#ctx.log.error({ err: error, kid: stored.kid }, 'a signing key is not ours and is not published')
      return []
    }
  }

  #warn(error: unknown): void {
    this.#ctx.log.warn({ err: error }, 'the signing keys could not be read')
  }
}

function withinMs<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`the signing keys were not read within ${ms} ms`)), ms)
  return Promise.race([work, late.promise]).finally(() => clearTimeout(timer))
}
