import { LRUCache } from 'lru-cache'

/** What earlier answers to an operation said of all answers to it. */
export interface Known {
  readonly isPublic: boolean
  /** What its answers speak of. */
  readonly nouns: readonly string[]
}

const knownMax = 5_000

/**
 * Which operations may be kept at all, by what was last answered to them: for all others nothing is looked for, hashed or
 * waited for. The first answer to an operation is therefore not kept.
 */
export class KnownOperations {
  readonly #known = new LRUCache<string, Known>({ max: knownMax })
  readonly #follow: (nouns: readonly string[]) => void

  /** @param follow told what comes to be spoken of, before it can be looked for */
  constructor(follow: (nouns: readonly string[]) => void) {
    this.#follow = follow
  }

  get(name: string): Known | undefined {
    return this.#known.get(name)
  }

  /** @param known null when the last answer may not be kept */
  learn(name: string, known: Known | null): void {
    if (known === null) return void this.#known.delete(name)
    // Other variables may have led elsewhere.
    const nouns = [...new Set([...(this.#known.get(name)?.nouns ?? []), ...known.nouns])]
    this.#follow(nouns)
    this.#known.set(name, { ...known, nouns })
  }
}
