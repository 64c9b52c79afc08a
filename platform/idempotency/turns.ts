import { IdempotencyKeyInUseError } from './idempotency.errors.ts'

/**
 * One after the other for each id, within a process: those who wait hold no connection of the pool, which whoever is at
 * work may need. Between processes the claim's row does the same.
 */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()
  readonly #waitMs: number

  /** @param waitMs how long one waits for those before it */
  constructor(waitMs: number) {
    this.#waitMs = waitMs
  }

  /** @throws IdempotencyKeyInUseError when those before take too long */
  async take<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(id)
    const done = Promise.withResolvers<void>()
    const mine = Promise.all([before, done.promise]).then(() => {
      if (this.#last.get(id) === mine) this.#last.delete(id)
    })
    this.#last.set(id, mine)
    try {
      if (before !== undefined) await this.#waitFor(before)
      return await work()
    } finally {
      done.resolve()
    }
  }

  async #waitFor(before: Promise<void>): Promise<void> {
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new IdempotencyKeyInUseError()), this.#waitMs)
    try {
      await Promise.race([before, late.promise])
    } finally {
      clearTimeout(timer)
    }
  }
}
