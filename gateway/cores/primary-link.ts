import type { Runtime } from '#platform/http/runtime'
import { Deadlines } from '#platform/redis/deadlines'
import type { Addition, Counted, Counters } from '../traffic/rate-limits/counters.ts'
import type { MetricJson, ToPrimary, ToWorker } from './messages.ts'
import { jsonOf } from './worker-metrics.ts'

const deadlineMs = 250

interface Waiting {
  readonly resolve: (counted: readonly Counted[]) => void
  readonly done: () => void
}

/** A worker's way to the primary, which counts for all workers, gathers their metrics, and tells when all are there. */
export class PrimaryLink implements Counters {
  readonly #waiting = new Map<number, Waiting>()
  readonly #deadlines = new Deadlines(deadlineMs)
  #lastId = 0
  #areAllReady = false
  #metrics: (() => Promise<readonly MetricJson[]>) | undefined

  constructor() {
    process.on('message', (message: ToWorker) => this.#hear(message))
  }

  get isReady(): boolean {
    return process.connected
  }

  /** Makes the worker's readiness wait for that of all, and its metrics part of all. */
  attach({ health, metrics }: Pick<Runtime, 'health' | 'metrics'>): void {
    health.add(() => (this.#areAllReady ? undefined : 'not all workers have started'))
    this.#metrics = () => jsonOf(metrics.registry)
  }

  /** Says that this worker serves. */
  ready(url: string): void {
    this.#say({ say: 'ready', url })
  }

  add(additions: readonly Addition[]): Promise<readonly Counted[]> {
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve, reject) => {
      const done = this.#deadlines.begin(() => {
        this.#waiting.delete(id)
        reject(new Error(`The primary did not count within ${deadlineMs} ms.`))
      })
      this.#waiting.set(id, { resolve, done })
      this.#say({ say: 'count', id, additions })
    })
  }

  #hear(message: ToWorker): void {
    if (message.say === 'all-ready') this.#areAllReady = true
    else if (message.say === 'counted') {
      const waiting = this.#waiting.get(message.id)
      this.#waiting.delete(message.id)
      waiting?.done()
      waiting?.resolve(message.counted)
    } else if (message.say === 'give-metrics') {
      void this.#metrics?.().then((metrics) => this.#say({ say: 'metrics', id: message.id, metrics }))
    }
  }

  #say(message: ToPrimary): void {
    // A primary that is gone ends its workers: what cannot be said to it any more is of no use to anybody.
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
  }
}
