import { copyOf } from '../execution/copy-answer.ts'
import type { EdgeContext } from '../execution/request-context.ts'
import { type SubgraphAnswer, SubgraphFailure } from '../execution/subgraph-answer.ts'
import { bodyOf, type FetchStage, type SubgraphFetch } from '../execution/subgraph-fetch.ts'

/** For how long others may join a read: an answer is at most so much older than the question, beside its own time. */
const joinableMs = 100

interface Shared {
  readonly until: number
  readonly gone: AbortController
  readonly waiting: Set<Waiter>
}

interface Waiter {
  readonly resolve: (answer: SubgraphAnswer) => void
  readonly reject: (error: unknown) => void
}

/**
 * Reads under way, of all subgraphs. Equal ones that are asked for at the same time are asked once; each asker gets a copy
 * of its own. Whatever a mutation may have changed is read anew by who asks after it.
 */
export class SharedReads {
  readonly #shared = new Map<string, Shared>()
  readonly #onJoin: (subgraph: string) => void

  constructor(onJoin: (subgraph: string) => void) {
    this.#onJoin = onJoin
  }

  /** @param identityOf all that the subgraph learns of who asks: what it is told, by whom it could tell two askers apart */
  deduplicate(subgraph: string, identityOf: (context: EdgeContext) => string): FetchStage {
    return (next) => (fetch) => {
      if (fetch.kind === 'mutation') return next(fetch).finally(() => this.#shared.clear())
      const body = bodyOf(fetch)
      const key = `${subgraph}\n${identityOf(fetch.context)}\n${body}`
      const found = this.#shared.get(key)
      const shared = found !== undefined && found.until > performance.now() ? found : this.#begin(key)
      if (shared === found) this.#onJoin(subgraph)
      const answer = this.#join(key, shared, fetch)
      if (shared !== found) {
        // The one who asked first has its own deadline; those who join later gave themselves no less.
        next({ ...fetch, body, gone: shared.gone.signal })
          .then((whole) => this.#share(key, shared, whole))
          .catch((error: unknown) => this.#end(key, shared, (waiter) => waiter.reject(error)))
      }
      return answer
    }
  }

  #begin(key: string): Shared {
    const shared = { until: performance.now() + joinableMs, gone: new AbortController(), waiting: new Set<Waiter>() }
    this.#shared.set(key, shared)
    return shared
  }

  #join(key: string, shared: Shared, { context }: SubgraphFetch): Promise<SubgraphAnswer> {
    return new Promise((resolve, reject) => {
      const client = context.clientGone
      const leave = () => {
        end()
        reject(new SubgraphFailure('client_gone', 'the client has gone'))
        if (shared.waiting.size > 0) return
        this.#forget(key, shared)
        shared.gone.abort()
      }
      const end = () => {
        shared.waiting.delete(waiter)
        client.removeEventListener('abort', leave)
      }
      const waiter: Waiter = {
        resolve: (answer) => {
          end()
          resolve(answer)
        },
        reject: (error) => {
          end()
          reject(error)
        },
      }
      shared.waiting.add(waiter)
      client.addEventListener('abort', leave)
      if (client.aborted) leave()
    })
  }

  #share(key: string, shared: Shared, whole: SubgraphAnswer): void {
    // The last one gets the original; the others their copies before anybody could have merged into it.
    let left = shared.waiting.size
    this.#end(key, shared, (waiter) => {
      left -= 1
      waiter.resolve(left === 0 ? whole : copyOf(whole))
    })
  }

  #end(key: string, shared: Shared, tell: (waiter: Waiter) => void): void {
    this.#forget(key, shared)
    for (const waiter of [...shared.waiting]) tell(waiter)
  }

  #forget(key: string, shared: Shared): void {
    if (this.#shared.get(key) === shared) this.#shared.delete(key)
  }
}
