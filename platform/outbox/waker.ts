/** Lets a loop rest between its rounds, until it is woken: also by what comes while a round runs, which may miss it. */
export class Waker {
  #woken = false
  #end: () => void = () => undefined

  wake(): void {
    this.#woken = true
    this.#end()
  }

  /** A round begins: it will see what woke the loop until now. */
  begin(): void {
    this.#woken = false
  }

  /** Resolves when it is woken, at once if that was since the round began; after `ms` at the latest. */
  rest(ms: number): Promise<void> {
    if (this.#woken) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#end = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
