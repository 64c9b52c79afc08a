/** One asks, all others who want the same wait for what comes of it: nothing that is asked often is asked all at once. */
export class OneFiller {
  readonly #filling = new Map<string, Promise<void>>()

  /**
   * @param found looks for what may have been filled meanwhile
   * @param fill asks; what it gives is the filler's own
   */
  async run<T>(key: string, found: () => T | null, fill: () => Promise<T>): Promise<T> {
    for (;;) {
      const filling = this.#filling.get(key)
      if (filling === undefined) break
      await filling
      const filled = found()
      if (filled !== null) return filled
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
