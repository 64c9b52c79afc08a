import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Logger } from '#platform/log/logger'
import { type KeySet, publicKey } from './key-set.ts'

export interface KeyFileOptions {
  /** Made when missing, for its owner alone. */
  readonly folder: string
  /** Whose tokens the keys check: those of another issuer are none of ours. */
  readonly issuer: string
  /** What only gateways of this house have; the file is bound to it. */
  readonly secrets: ReadonlyMap<string, Uint8Array>
  readonly log: Logger
}

const content = z.object({
  issuer: z.string(),
  savedAt: z.coerce.date(),
  keys: z.array(publicKey).min(1).max(100),
})

const bytesMax = 200_000
/** An older file is not believed: who can put an old one back must not bring a withdrawn key back to life for long. */
const ageMsMax = 86_400_000

/**
 * The keys last read, kept on disk so that a gateway which starts while the issuer is down can check tokens. Public as
 * they are, whoever could exchange them could make tokens: the file carries an HMAC-SHA-256 by a key derived (RFC 5869)
 * from the gateway's secrets, and one that does not fit is ignored.
 */
export class KeyFile {
  readonly #options: KeyFileOptions
  readonly #path: string
  readonly #key: Buffer
  readonly #now: () => number

  /** @param now milliseconds since the epoch */
  constructor(options: KeyFileOptions, now = Date.now) {
    this.#options = options
    this.#path = join(options.folder, 'token-keys')
    this.#key = derived(options.secrets)
    this.#now = now
  }

  /** @returns null when there is none to be believed; why not is logged */
  async load(): Promise<KeySet | null> {
    try {
      const text = await readSmall(this.#path)
      if (text === undefined) return null
      return { keys: this.#believed(text) }
    } catch (error) {
      this.#options.log.warn({ err: error, path: this.#path }, 'kept token verification keys are ignored')
      return null
    }
  }

  /** Replaces the file whole or not at all. A disk that refuses is logged, and costs nothing else. */
  async save({ keys }: KeySet): Promise<void> {
    const { folder, issuer, log } = this.#options
    const draft = `${this.#path}.${randomBytes(6).toString('hex')}`
    const text = JSON.stringify({ issuer, savedAt: new Date(this.#now()).toISOString(), keys })
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeFile(draft, `${this.#mac(text)}\n${text}\n`, { mode: 0o600, flag: 'wx', flush: true })
      await rename(draft, this.#path)
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined)
      log.warn({ err: error, path: this.#path }, 'token verification keys could not be kept')
    }
  }

  #believed(text: string): KeySet['keys'] {
    const [mac = '', body = '', ...rest] = text.split('\n')
    const [given, right] = [Buffer.from(mac), Buffer.from(this.#mac(body))]
    if (rest.join('') !== '' || given.length !== right.length || !timingSafeEqual(given, right))
      throw new Error('the file was changed, or is of another house')
    const { issuer, savedAt, keys } = content.parse(JSON.parse(body))
    if (issuer !== this.#options.issuer) throw new Error('the file is of another issuer')
    const ageMs = this.#now() - savedAt.getTime()
    if (ageMs > ageMsMax) throw new Error('the file is older than a day')
    return keys
  }

  #mac(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url')
  }
}

function derived(secrets: ReadonlyMap<string, Uint8Array>): Buffer {
  const named = [...secrets].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const all = JSON.stringify(named.map(([name, key]) => [name, Buffer.from(key).toString('base64')]))
  return Buffer.from(hkdfSync('sha256', all, '', 'forgeops.gateway.token-keys', 32))
}

/** @returns undefined when there is no such file */
async function readSmall(path: string): Promise<string | undefined> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (file === undefined) return undefined
  try {
    if ((await file.stat()).size > bytesMax) throw new Error('the file is too large')
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}
