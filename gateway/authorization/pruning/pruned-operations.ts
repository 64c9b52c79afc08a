import type { PrunedOperation } from './prune-operation.ts'

/** How much text of operations is kept at most; what is made of it takes some fifty times that. */
const charactersMax = 1_000_000
/** What an entry is worth beside its text. */
const charactersOfEntry = 200

interface Entry {
  readonly pruned: PrunedOperation | null
  readonly characters: number
}

/** What became of operations under the rights of callers: the most recently used, within a bound. */
export class PrunedOperations {
  readonly #entries = new Map<string, Entry>()
  readonly #charactersMax: number
  #characters = 0

  constructor(max = charactersMax) {
    this.#charactersMax = max
  }

  /** @returns null when nothing was denied, undefined when it is not known */
  get(key: string): PrunedOperation | null | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.pruned
  }

  /** @param source the operation's text as the client sent it */
  set(key: string, pruned: PrunedOperation | null, source: string): void {
    this.#remove(key)
    const characters = charactersOfEntry + key.length + (pruned === null ? 0 : source.length)
    this.#entries.set(key, { pruned, characters })
    this.#characters += characters
    for (const oldest of this.#entries.keys()) {
      if (this.#characters <= this.#charactersMax) return
      this.#remove(oldest)
    }
  }

  get size(): number {
    return this.#entries.size
  }

  #remove(key: string): void {
    this.#characters -= this.#entries.get(key)?.characters ?? 0
    this.#entries.delete(key)
  }
}
