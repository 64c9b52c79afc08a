import { SubgraphFailure } from '../execution/subgraph-answer.ts'
import type { FetchStage, SubgraphFetch } from '../execution/subgraph-fetch.ts'

export interface Concurrency {
  /** How many fetches may be under way. */
  readonly runningMax: number
  /** How many more may wait for their turn; the next one is refused at once. */
  readonly waitingMax: number
}

/** Holds fetches back before they hold memory: a subgraph that hangs costs a bounded queue, and that only in time. */
export class Turns {
  readonly #bounds: Concurrency
  readonly #waiting = new Set<() => void>()
  #running = 0

  constructor(bounds: Concurrency) {
    this.#bounds = bounds
  }

  get running(): number {
    return this.#running
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** @returns undefined when it is one's turn at once. @throws SubgraphFailure when there is no turn in time */
  take(fetch: SubgraphFetch): Promise<void> | undefined {
    if (this.#running < this.#bounds.runningMax) {
      this.#running += 1
      return undefined
    }
    if (this.#waiting.size >= this.#bounds.waitingMax) throw new SubgraphFailure('overloaded', 'too many wait already')
    return this.#wait(fetch)
  }

  give(): void {
    const [next] = this.#waiting
    if (next === undefined) this.#running -= 1
    else next()
  }

  #wait({ kind, deadline, gone, context }: SubgraphFetch): Promise<void> {
    const client = kind === 'mutation' ? undefined : (gone ?? context.clientGone)
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#waiting.delete(go)
        clearTimeout(timer)
        client?.removeEventListener('abort', onGone)
      }
      const fail = (failure: SubgraphFailure) => {
        end()
        reject(failure)
      }
      const go = () => {
        end()
        resolve()
      }
      const onGone = () => fail(new SubgraphFailure('client_gone', 'the client has gone'))
      const ms = deadline === undefined ? undefined : Math.max(deadline - performance.now(), 0)
      const timer =
        ms === undefined ? undefined : setTimeout(() => fail(new SubgraphFailure('timeout', 'no turn in time')), ms)
      this.#waiting.add(go)
      client?.addEventListener('abort', onGone)
      if (client?.aborted) onGone()
    })
  }
}

/** At most so many fetches at once, and so many waiting. */
export const boundConcurrency =
  (turns: Turns): FetchStage =>
  (next) =>
  async (fetch) => {
    const turn = turns.take(fetch)
    if (turn !== undefined) await turn
    try {
      return await next(fetch)
    } finally {
      turns.give()
    }
  }
