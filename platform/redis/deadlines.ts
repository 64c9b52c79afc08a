/** A thing that must have happened in time, or `late` is called. */
interface Awaited {
  readonly at: number
  readonly late: () => void
}

/**
 * Deadlines of one length, watched by one timer however many run: they end in the order in which they began. A process
 * that was busy itself looks into its sockets once more before it says that somebody else is late.
 */
export class Deadlines {
  readonly #ms: number
  readonly #running = new Set<Awaited>()
  #timer: NodeJS.Timeout | undefined

  constructor(ms: number) {
    this.#ms = ms
  }

  /** @returns ends the deadline */
  begin(late: () => void): () => void {
    const awaited = { at: performance.now() + this.#ms, late }
    this.#running.add(awaited)
    this.#timer ??= this.#look(this.#ms)
    return () => {
      this.#running.delete(awaited)
    }
  }

  #look(inMs: number): NodeJS.Timeout {
    return setTimeout(() => setImmediate(() => this.#end()), inMs).unref()
  }

  #end(): void {
    const now = performance.now()
    this.#timer = undefined
    for (const awaited of this.#running) {
      if (awaited.at > now) {
        this.#timer = this.#look(Math.max(1, awaited.at - now))
        return
      }
      this.#running.delete(awaited)
      awaited.late()
    }
  }
}
