/** One asks, all others who want the same wait for what comes of it: nothing that is asked often is asked all at once. */
export class OneFiller {
  readonly #filling = new Map<string, Promise<void>>()

  /**
   * @param found looks for what may have been filled meanwhile
   * @param fill asks; what it gives is the filler's own
   */
  async run<T>(key: string, found: () => T | null, fill: () => Promise<T>): Promise<T> {
    const filling = this.#filling.get(key)
    if (filling !== undefined) {
      await filling
      // What could not be kept each asks for itself, all at once: one after the other they would wait for each other.
      return found() ?? fill()
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#filling.set(key, promise)
    try {
      return await fill()
    } finally {
      this.#filling.delete(key)
      resolve()
    }
  }
}
