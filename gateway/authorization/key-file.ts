import { z } from 'zod'
import { SignedFile, type SignedFileOptions } from '../state/signed-file.ts'
import { type KeySet, publicKey } from './key-set.ts'

export interface KeyFileOptions extends Omit<SignedFileOptions, 'name' | 'bytesMax'> {
  /** Whose tokens the keys check: those of another issuer are none of ours. */
  readonly issuer: string
}

const content = z.object({
  issuer: z.string(),
  savedAt: z.coerce.date(),
  keys: z.array(publicKey).min(1).max(100),
})

/** An older file is not believed: who can put an old one back must not bring a withdrawn key back to life for long. */
const ageMsMax = 86_400_000

/**
 * The keys last read, kept on disk so that a gateway which starts while the issuer is down can check tokens. Public as
 * they are, whoever could exchange them could make tokens: hence the signature.
 */
export class KeyFile {
  readonly #file: SignedFile
  readonly #issuer: string
  readonly #now: () => number

  /** @param now milliseconds since the epoch */
  constructor({ issuer, ...options }: KeyFileOptions, now = Date.now) {
    this.#file = new SignedFile({ ...options, name: 'token-keys', bytesMax: 200_000 })
    this.#issuer = issuer
    this.#now = now
  }

  /** @returns null when there is none to be believed; why not is logged */
  async load(): Promise<KeySet | null> {
    return this.#file.load((text) => ({ keys: this.#believed(text) }))
  }

  /** Replaces the file whole or not at all. A disk that refuses is logged, and costs nothing else. */
  async save({ keys }: KeySet): Promise<void> {
    const savedAt = new Date(this.#now()).toISOString()
    await this.#file.save(JSON.stringify({ issuer: this.#issuer, savedAt, keys }))
  }

  #believed(text: string): KeySet['keys'] {
    const { issuer, savedAt, keys } = content.parse(JSON.parse(text))
    if (issuer !== this.#issuer) throw new Error('the file is of another issuer')
    if (this.#now() - savedAt.getTime() > ageMsMax) throw new Error('the file is older than a day')
    return keys
  }
}
