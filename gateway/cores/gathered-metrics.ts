import type { Worker } from 'node:cluster'
import type { Registry } from 'prom-client'
import type { ToPrimary } from './messages.ts'
import { jsonOf, WorkerMetrics } from './worker-metrics.ts'
import { tell } from './workers.ts'

/** A worker that is too busy to answer counts with what it said last. */
const answerMs = 2_000

/** The metrics of the primary and of its workers, asked for when somebody wants to know them. */
export class GatheredMetrics {
  readonly #own: Registry
  readonly #metrics = new WorkerMetrics()
  readonly #asked = new Map<number, () => void>()
  #lastId = 0

  constructor(own: Registry) {
    this.#own = own
  }

  heard(worker: Worker, { id, metrics }: Extract<ToPrimary, { readonly say: 'metrics' }>): void {
    this.#metrics.heard(String(worker.id), metrics)
    this.#asked.get(id)?.()
  }

  gone(worker: Worker): void {
    this.#metrics.gone(String(worker.id))
  }

  /** Prometheus text. */
  async text(workers: ReadonlySet<Worker>): Promise<string> {
    await Promise.all([...workers].map((worker) => this.#ask(worker)))
    this.#metrics.heard('primary', await jsonOf(this.#own))
    return this.#metrics.text()
  }

  #ask(worker: Worker): Promise<void> {
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#asked.delete(id)
        resolve()
      }
      const timer = setTimeout(done, answerMs)
      this.#asked.set(id, done)
      tell(worker, { say: 'give-metrics', id })
    })
  }
}
