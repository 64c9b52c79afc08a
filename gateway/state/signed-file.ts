import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from '#platform/log/logger'

export interface SignedFileOptions {
  /** Made when missing, for its owner alone. */
  readonly folder: string
  readonly name: string
  /** What only gateways of this house have; the file is bound to it. */
  readonly secrets: ReadonlyMap<string, Uint8Array>
  readonly bytesMax: number
  readonly log: Logger
}

/**
 * A text that outlives the process, and that nobody else could have written: it carries an HMAC-SHA-256 by a key derived
 * (RFC 5869) from the gateway's secrets and the file's name.
 */
export class SignedFile {
  readonly #options: SignedFileOptions
  readonly #path: string
  readonly #key: Buffer

  constructor(options: SignedFileOptions) {
    this.#options = options
    this.#path = join(options.folder, options.name)
    this.#key = derived(options)
  }

  /**
   * @param believed reads the text, or throws what is wrong with it
   * @returns null when there is none to be believed; why not is logged
   */
  async load<T>(believed: (text: string) => T): Promise<T | null> {
    try {
      const text = await readSmall(this.#path, this.#options.bytesMax)
      return text === undefined ? null : believed(this.#verified(text))
    } catch (error) {
      this.#options.log.warn({ err: error, path: this.#path }, 'a kept file is ignored')
      return null
    }
  }

  /** Replaces the file whole or not at all. A disk that refuses is logged, and costs nothing else. */
  async save(text: string): Promise<void> {
    const { folder, log } = this.#options
    const draft = `${this.#path}.${randomBytes(6).toString('hex')}`
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeFile(draft, `${this.#mac(text)}\n${text}\n`, { mode: 0o600, flag: 'wx', flush: true })
      await rename(draft, this.#path)
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined)
      log.warn({ err: error, path: this.#path }, 'a file could not be kept')
    }
  }

  #verified(text: string): string {
    const end = text.indexOf('\n')
    const body = text.slice(end + 1, -1)
    const [given, right] = [Buffer.from(text.slice(0, end)), Buffer.from(this.#mac(body))]
    if (!text.endsWith('\n') || given.length !== right.length || !timingSafeEqual(given, right))
      throw new Error('the file was changed, or is of another house')
    return body
  }

  #mac(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url')
  }
}

function derived({ secrets, name }: SignedFileOptions): Buffer {
  const named = [...secrets].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const all = JSON.stringify(named.map(([owner, key]) => [owner, Buffer.from(key).toString('base64')]))
  return Buffer.from(hkdfSync('sha256', all, '', `forgeops.gateway.${name}`, 32))
}

/** @returns undefined when there is no such file */
async function readSmall(path: string, bytesMax: number): Promise<string | undefined> {
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
