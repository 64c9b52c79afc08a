import type { Generation } from '../execution/generation.ts'

interface Held {
  readonly generation: Generation
  holders: number
  retired: boolean
}

/**
 * The generation in force, and those before it that are still held: by requests and subscriptions that began on them. One ends
 * when it is no longer in force and the last holder has let go.
 */
export class Generations {
  #current: Held
  readonly #closing = new Set<Promise<void>>()
  readonly #held = new Set<Held>()

  constructor(first: Generation) {
    this.#current = { generation: first, holders: 0, retired: false }
    this.#held.add(this.#current)
  }

  get current(): Generation {
    return this.#current.generation
  }

  /** How many generations are there: more than one while the last request on an old one runs. */
  get size(): number {
    return this.#held.size
  }

  /** Holds the generation in force until `release` is called, which may be called twice. */
  hold(): { readonly generation: Generation; readonly release: () => void } {
    const held = this.#current
    held.holders += 1
    let isHeld = true
    const release = () => {
      if (!isHeld) return
      isHeld = false
      held.holders -= 1
      this.#endIfUnused(held)
    }
    return { generation: held.generation, release }
  }

  replace(next: Generation): void {
    const old = this.#current
    this.#current = { generation: next, holders: 0, retired: false }
    this.#held.add(this.#current)
    old.retired = true
    this.#endIfUnused(old)
  }

  /** Ends all, held or not. */
  async close(): Promise<void> {
    for (const held of [...this.#held]) this.#end(held)
    await Promise.all(this.#closing)
  }

  #endIfUnused(held: Held): void {
    if (held.retired && held.holders === 0) this.#end(held)
  }

  #end(held: Held): void {
    if (!this.#held.delete(held)) return
    const closing = held.generation.close().finally(() => this.#closing.delete(closing))
    this.#closing.add(closing)
  }
}
