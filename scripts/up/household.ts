import type { Stage } from '../local/process-record.ts'
import type { Supervised } from './supervise.ts'

/** All that runs in a house, and the order in which it is stopped. */
export class Household {
  readonly #members: { readonly stage: Stage; readonly unit: Supervised }[] = []

  add(stage: Stage, unit: Supervised): void {
    this.#members.push({ stage, unit })
  }

  get pids(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#members.map(({ unit }) => [unit.name, unit.pid]))
  }

  /** Resolves when all are ready; rejects with the first that will not be, or when `signal` gives up. */
  async ready(signal: AbortSignal | undefined): Promise<void> {
    const given = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason))
    })
    signal?.throwIfAborted()
    await Promise.race([given, Promise.all(this.#members.map(({ unit }) => unit.ready))])
  }

  /** Stops what has the highest stage first; those of one stage together. */
  async stop(): Promise<void> {
    const order = [...new Set(this.#members.map(({ stage }) => stage))].sort((a, b) => b - a)
    for (const stage of order) {
      const together = this.#members.filter((member) => member.stage === stage)
      await Promise.all(together.map(({ unit }) => unit.stop()))
    }
  }
}
