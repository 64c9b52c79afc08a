import cluster, { type Worker } from 'node:cluster'
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from '#platform/log/logger'
import type { ToPrimary, ToWorker } from './messages.ts'

export interface WorkersOptions {
  readonly count: number
  readonly log: Logger
  /** Called with what a worker says, other than that it is ready. */
  readonly heard: (worker: Worker, message: Exclude<ToPrimary, { readonly say: 'ready' }>) => void
  readonly ended: (worker: Worker) => void
  readonly restarted: () => void
}

const firstPauseMs = 200
const longestPauseMs = 5_000
/** Having run this long counts as a fresh beginning: the pause before the next restart is short again. */
const steadyMs = 10_000

/** Starts as many copies of this process as workers, which listen at one port together, and keeps them running. */
export class Workers {
  readonly #options: WorkersOptions
  readonly #running = new Set<Worker>()
  readonly #ready = new Set<Worker>()
  readonly #stopping = new AbortController()
  #wereAllReady = false
  #url = ''
  #failed = false

  constructor(options: WorkersOptions) {
    this.#options = options
  }

  /** Those that serve. */
  get ready(): ReadonlySet<Worker> {
    return this.#ready
  }

  /**
   * @returns where they listen, once all of them do
   * @throws Error when one ends before that
   */
  async start(): Promise<string> {
    const started = Promise.withResolvers<void>()
    const failed = (code: string) => started.reject(new Error(`A worker did not start (${code}).`))
    for (let n = 0; n < this.#options.count; n += 1) void this.#keep(started.resolve, failed)
    await started.promise
    return this.#url
  }

  /**
   * Has all workers end as they would by SIGTERM each for itself, and waits for them.
   *
   * @returns whether all of them ended well
   */
  async stop(): Promise<boolean> {
    this.#stopping.abort()
    await Promise.all(
      [...this.#running].map(async (worker) => {
        const ended = endOf(worker)
        worker.process.kill('SIGTERM')
        if ((await ended) !== '0') this.#failed = true
      }),
    )
    return !this.#failed
  }

  /** One worker after the other in the same place. */
  async #keep(allReady: () => void, failed: (code: string) => void): Promise<void> {
    const { log, restarted, ended } = this.#options
    const { signal } = this.#stopping
    let pauseMs = firstPauseMs
    while (!signal.aborted) {
      const startedAt = performance.now()
      const worker = this.#fork(allReady)
      const code = await endOf(worker)
      this.#running.delete(worker)
      this.#ready.delete(worker)
      ended(worker)
      if (signal.aborted) return
      if (!this.#wereAllReady) return failed(code)
      if (performance.now() - startedAt > steadyMs) pauseMs = firstPauseMs
      log.error({ worker: worker.id, code, pauseMs }, 'a worker ended: another one takes its place')
      restarted()
      await pause(pauseMs, undefined, { signal }).catch(() => undefined)
      pauseMs = Math.min(pauseMs * 2, longestPauseMs)
    }
  }

  #fork(allReady: () => void): Worker {
    const worker = cluster.fork()
    this.#running.add(worker)
    worker.on('message', (message: ToPrimary) => {
      if (message.say !== 'ready') return this.#options.heard(worker, message)
      this.#ready.add(worker)
      this.#url = message.url
      if (this.#ready.size < this.#options.count && !this.#wereAllReady) return
      this.#wereAllReady = true
      for (const each of this.#ready) tell(each, { say: 'all-ready' })
      allReady()
    })
    return worker
  }
}

/** What is said to a worker that is ending is lost, and of no use to it. */
export function tell(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, () => undefined)
}

/** With which exit code, or by which signal, a worker ended. */
const endOf = (worker: Worker): Promise<string> =>
  new Promise((resolve) => {
    worker.once('exit', (code, signal) => resolve(signal ?? String(code)))
    worker.once('error', () => resolve('not started'))
  })
