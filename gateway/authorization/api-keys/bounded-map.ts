/** A map of at most `max` entries: a further one takes the place of the one that was used least recently. */
export class BoundedMap<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key)
    if (value !== undefined) this.set(key, value)
    return value
  }

  set(key: K, value: V): void {
    // Set anew at the end, so that the one unused for longest stands in front.
    this.#entries.delete(key)
    this.#entries.set(key, value)
    const first = this.#entries.keys().next()
    if (this.#entries.size > this.#max && first.done !== true) this.#entries.delete(first.value)
  }

  delete(key: K): void {
    this.#entries.delete(key)
  }

  get size(): number {
    return this.#entries.size
  }
}
