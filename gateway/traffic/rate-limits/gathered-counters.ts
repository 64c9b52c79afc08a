import type { Addition, Counted, Counters } from './counters.ts'

interface Waiting {
  readonly resolve: (answer: [points: number, leftMs: number]) => void
  readonly reject: (error: unknown) => void
}

/** So that one command never holds up the store for others. */
const additionsMax = 500

/**
 * What rate-limiter-flexible's limiter for Redis takes as its client (`rlflxIncr` is its own command): gathers whatever is
 * counted in one turn of the event loop, by all limiters and requests together, into one addition.
 */
export class GatheredCounters {
  readonly #counters: Counters
  #additions: Addition[] = []
  #waiting: Waiting[] = []

  constructor(counters: Counters) {
    this.#counters = counters
  }

  get isReady(): boolean {
    return this.#counters.isReady
  }

  /** Asked for by the limiter to bring its own script along, which is not used here. */
  defineCommand(): void {}

  rlflxIncr([name = '', points = '0', seconds = '0']: readonly string[]): Promise<[points: number, leftMs: number]> {
    return new Promise((resolve, reject) => {
      if (this.#additions.length === 0) setImmediate(() => this.#send())
      this.#additions.push({ name, points: Number(points), windowMs: Number(seconds) * 1_000 })
      this.#waiting.push({ resolve, reject })
      if (this.#additions.length === additionsMax) this.#send()
    })
  }

  #send(): void {
    const additions = this.#additions
    const waiting = this.#waiting
    if (additions.length === 0) return
    this.#additions = []
    this.#waiting = []
    const answer = (counted: readonly Counted[]) =>
      waiting.forEach(({ resolve }, i) => {
        const { points, leftMs } = counted[i] ?? { points: 0, leftMs: 0 }
        resolve([points, leftMs])
      })
    this.#counters.add(additions).then(answer, (error) => {
      for (const { reject } of waiting) reject(error)
    })
  }
}
