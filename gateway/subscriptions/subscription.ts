import { setTimeout as pause } from 'node:timers/promises'
import type { GraphQLError } from 'graphql'
import { SubgraphUnavailableError } from '../errors/edge.errors.ts'
import type { LiveOperation } from '../execution/generation.ts'
import type { Answer } from '../execution/operation.ts'
import { FetchErrors } from '../execution/plan/fetch-errors.ts'
import type { EdgeContext } from '../execution/request-context.ts'
import { readAnswer, type SubgraphAnswer, SubgraphFailure } from '../execution/subgraph-answer.ts'
import { refusalOf } from '../operations/answer-request.ts'
import type { LiveMetrics } from './live.metrics.ts'
import type { SharedPages } from './shared-pages.ts'
import type { SubgraphEvent, SubgraphEventSource, SubgraphEvents } from './subgraph-events.ts'
import type { Topics } from './topics.ts'

/** What a client is told. */
export type LiveResult =
  /** `id` names the event's place in its sequence; null when it has none. */
  | { readonly kind: 'answer'; readonly answer: Answer; readonly id: string | null }
  /** Up to here there is nothing: whoever comes again goes on from here. */
  | { readonly kind: 'position'; readonly id: string }

export interface SubscriptionParts {
  readonly live: LiveOperation
  readonly source: Pick<SubgraphEventSource, 'ask'>
  readonly pages: SharedPages
  readonly topics: Topics
  readonly metrics: LiveMetrics
  readonly context: EdgeContext
  /** Aborts `context.clientGone`. */
  readonly gone: AbortController
  /** The last event that the client has; null to begin where the operation says. */
  readonly lastEventId: string | null
}

/** For how long a subgraph that answered before may not, and the first and the longest pause between two questions to it. */
const awayMsMax = 120_000
const pauseMs = 500
const pauseMsMax = 15_000

/**
 * One subscription of one client. It asks its subgraph for what follows the last event, has each event answered by the
 * whole graph, and waits when there is nothing; it asks no faster than its results are taken.
 */
export class Subscription {
  readonly #parts: SubscriptionParts
  #end: Error | null = null
  #last: string | null

  constructor(parts: SubscriptionParts) {
    this.#parts = parts
    this.#last = parts.lastEventId
  }

  /** Ends it at once; the client is told why by a last answer. The first reason counts. */
  end(reason: Error): void {
    if (this.#parts.gone.signal.aborted) return
    this.#end = reason
    this.#parts.gone.abort()
  }

  /** Ends it because nobody listens any more. */
  leave(): void {
    this.#parts.gone.abort()
  }

  /** Each event once, in order; the last answer says why it ended, unless it came to its own end. To be read once. */
  async *results(): AsyncGenerator<LiveResult, void> {
    const { gone, metrics } = this.#parts
    try {
      for await (const result of this.#relay()) {
        if (gone.signal.aborted) break
        if (result.kind === 'answer') metrics.events.inc()
        yield result
      }
    } catch (error) {
      if (!gone.signal.aborted) this.#end = this.#reasonOf(error)
    }
    if (this.#end !== null) yield { kind: 'answer', answer: { errors: refusalOf(this.#end) }, id: null }
  }

  async *#relay(): AsyncGenerator<LiveResult, void> {
    const { live, source, topics, gone } = this.#parts
    let mark = topics.mark()
    let asked = await source.ask(live.fetch, this.#last, gone.signal)
    while (!gone.signal.aborted) {
      if (asked.kind === 'refusal') {
        yield { kind: 'answer', answer: { errors: this.#errorsOf(asked.answer) }, id: null }
        return
      }
      if (asked.kind === 'stream') {
        for await (const event of asked.events) yield* this.#answered(event)
        return
      }
      for (const event of asked.events) yield* this.#answered(event)
      if (asked.position !== null && asked.position !== this.#last) {
        this.#last = asked.position
        yield { kind: 'position', id: asked.position }
      }
      if (asked.ended) return
      if (!asked.more) await topics.wait(asked.topic, mark, gone.signal)
      if (gone.signal.aborted) return
      mark = topics.mark()
      asked = await this.#askAgain()
    }
  }

  async *#answered({ id, text }: SubgraphEvent): AsyncGenerator<LiveResult, void> {
    if (id !== null && isUpTo(id, this.#last)) return
    const event = readAnswer({ status: 200, text, cacheControl: null, retryAfter: null }, false, null)
    const answer = await this.#answerTo(event)
    if (this.#parts.gone.signal.aborted) return
    this.#last = id ?? this.#last
    yield { kind: 'answer', answer, id }
  }

  async #answerTo(event: SubgraphAnswer): Promise<Answer> {
    const errors = this.#errorsOf(event)
    if (event.data === null) return { data: null, errors }
    const answer = await this.#parts.live.answerTo(event.data, this.#parts.context)
    const all = [...errors, ...(answer.errors ?? [])]
    return all.length === 0 ? answer : { ...answer, errors: all }
  }

  #errorsOf({ errors }: SubgraphAnswer): readonly GraphQLError[] {
    if (errors.length === 0) return []
    const { subgraph, fetch } = this.#parts.live
    const told = new FetchErrors({})
    told.answered(errors, { subgraph, query: fetch.query, variables: fetch.variables, at: [], placeOf: null })
    return told.list
  }

  /** A subgraph that is away for a while ends no subscription: nothing is lost, it is only late. */
  async #askAgain(): Promise<SubgraphEvents> {
    const { live, pages, gone } = this.#parts
    const began = performance.now()
    for (let waitMs = pauseMs; ; waitMs = Math.min(waitMs * 2, pauseMsMax)) {
      try {
        return await pages.ask(live.fetch, this.#last)
      } catch (error) {
        if (!(error instanceof SubgraphFailure) || performance.now() - began > awayMsMax) throw error
        if (gone.signal.aborted) throw error
        await pause(waitMs * (0.5 + Math.random()), undefined, { signal: gone.signal, ref: false })
      }
    }
  }

  #reasonOf(error: unknown): Error {
    if (!(error instanceof SubgraphFailure)) return error instanceof Error ? error : new Error(String(error))
    const { log, requestId } = this.#parts.context
    log.warn(
      { requestId, subgraph: this.#parts.live.subgraph, outcome: error.kind, err: error.cause ?? error },
      'subscription lost its subgraph',
    )
    return new SubgraphUnavailableError()
  }
}

/** Whether an event is one that was seen: subgraphs that number theirs give them out in order. */
function isUpTo(id: string, last: string | null): boolean {
  if (last === null || !/^\d{1,15}$/.test(id) || !/^\d{1,15}$/.test(last)) return id === last
  return Number(id) <= Number(last)
}
