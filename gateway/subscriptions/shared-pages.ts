import { SubgraphFailure } from '../execution/subgraph-answer.ts'
import type { SubgraphFetch } from '../execution/subgraph-fetch.ts'
import type { SubgraphEventSource, SubgraphEvents } from './subgraph-events.ts'

/**
 * Asks for the next page of a subgraph. Subscriptions of one caller that wait for the same at the same time, as the tabs of
 * a browser do, are answered by one question; never those of two callers, whose rights may differ.
 */
export class SharedPages {
  readonly #source: Pick<SubgraphEventSource, 'ask'>
  readonly #asking = new Map<string, Promise<SubgraphEvents>>()

  constructor(source: Pick<SubgraphEventSource, 'ask'>) {
    this.#source = source
  }

  /** @throws SubgraphFailure as the source does, or when the subgraph has no pages */
  ask(fetch: SubgraphFetch, lastEventId: string | null): Promise<SubgraphEvents> {
    const { query, operationName, variables, context } = fetch
    const { caller, authorization } = context
    const key = JSON.stringify([lastEventId, query, operationName, variables, caller, authorization])
    const running = this.#asking.get(key)
    if (running !== undefined) return running
    const asking = this.#ask(fetch, lastEventId).finally(() => this.#asking.delete(key))
    this.#asking.set(key, asking)
    return asking
  }

  async #ask(fetch: SubgraphFetch, lastEventId: string | null): Promise<SubgraphEvents> {
    // Nobody's leaving ends it: others may wait for it too.
    const left = new AbortController()
    const events = await this.#source.ask(fetch, lastEventId, left.signal)
    if (events.kind !== 'stream') return events
    left.abort()
    throw new SubgraphFailure('bad_answer', 'a stream where pages were before')
  }
}
