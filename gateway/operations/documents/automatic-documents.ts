import { LRUCache } from 'lru-cache'
import { sha256 } from './document-file.ts'

/** Texts that several gateways share. Whatever is wrong there is as if nothing were kept. */
export interface SharedTexts {
  get(hash: string): Promise<string | null>
  set(hash: string, text: string, ttlMs: number): Promise<void>
}

export interface AutomaticDocumentsOptions {
  readonly shared: SharedTexts | null
  readonly ttlMs?: number
  readonly textsMax?: number
  /** Of all texts that are kept together. */
  readonly charsMax?: number
  /** Of one text. */
  readonly textCharsMax?: number
}

const defaults = { ttlMs: 86_400_000, textsMax: 2_000, charsMax: 20_000_000, textCharsMax: 100_000 }

/**
 * Texts by their SHA-256, kept for clients that send the hash first (Apollo's automatic persisted queries). It spares
 * them the upload and permits nothing: what is found here is treated as if it had been sent.
 */
export class AutomaticDocuments {
  readonly #options: Required<AutomaticDocumentsOptions>
  readonly #texts: LRUCache<string, string>

  constructor(options: AutomaticDocumentsOptions) {
    this.#options = { ...defaults, ...options }
    const { textsMax: max, charsMax: maxSize, ttlMs: ttl } = this.#options
    this.#texts = new LRUCache({ max, maxSize, ttl, sizeCalculation: (text) => text.length + 64 })
  }

  /** @param hash hexadecimal, in lower case */
  async get(hash: string): Promise<string | undefined> {
    const here = this.#texts.get(hash)
    if (here !== undefined) return here
    const text = await this.#options.shared?.get(hash)
    // Others can write there too.
    if (text == null || sha256(text) !== hash) return undefined
    this.#texts.set(hash, text)
    return text
  }

  /** Keeps a text that has proven to be an operation of the schema. */
  keep(hash: string, text: string): void {
    const { shared, textCharsMax, ttlMs } = this.#options
    if (text.length > textCharsMax || this.#texts.has(hash)) return
    this.#texts.set(hash, text)
    void shared?.set(hash, text, ttlMs)
  }
}
