import { RunParked } from './run-stopped.ts'

/** setTimeout counts in 32 bits. */
const timerMsMax = 2 ** 31 - 1

interface Waiter {
  readonly dueMs: number
  readonly park: () => void
}

/**
 * The branches of one run that are worked on at the same time. A branch that waits leaves the others to go on; when all of
 * them wait, the run is parked: each wait ends in RunParked, and no worker holds the run any more.
 */
export class Branches {
  #active = 1
  readonly #waiters = new Set<Waiter>()

  /** When the first of the waits is due, by this process's clock: the run was parked for it. */
  #parkedUntilMs = Number.POSITIVE_INFINITY

  get parkedUntilMs(): number {
    return this.#parkedUntilMs
  }

  /**
   * Runs lanes at the same time, in the branch that called it.
   *
   * @returns how each ended, in the order of the lanes
   */
  async together<T>(lanes: readonly (() => Promise<T>)[]): Promise<PromiseSettledResult<T>[]> {
    if (lanes.length === 0) return []
    this.#active += lanes.length - 1
    let open = lanes.length
    return Promise.allSettled(
      lanes.map(async (lane) => {
        try {
          return await lane()
        } finally {
          // The last one's place is the caller's again: it goes on at once, and must not be taken for idle.
          if (--open > 0) this.#leave()
        }
      }),
    )
  }

  /**
   * Waits until `dueMs` (ms since 1970, by this process's clock; infinity for what only somebody's answer ends).
   *
   * @throws RunParked when all branches wait; the signal's reason when it is aborted
   */
  wait(dueMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined
      const end = () => {
        this.#waiters.delete(waiter)
        clearTimeout(timer)
        signal.removeEventListener('abort', abort)
      }
      const goOn = (settle: () => void) => {
        end()
        this.#active++
        settle()
      }
      const abort = () => goOn(() => reject(signal.reason))
      const waiter: Waiter = { dueMs, park: () => goOn(() => reject(new RunParked())) }
      if (signal.aborted) return reject(signal.reason)
      signal.addEventListener('abort', abort, { once: true })
      this.#waiters.add(waiter)
      const leftMs = dueMs - Date.now()
      if (leftMs <= timerMsMax) timer = setTimeout(() => goOn(resolve), Math.max(0, leftMs))
      this.#leave()
    })
  }

  #leave(): void {
    if (--this.#active > 0) return
    const waiters = [...this.#waiters]
    this.#parkedUntilMs = Math.min(...waiters.map(({ dueMs }) => dueMs))
    for (const waiter of waiters) waiter.park()
  }
}
