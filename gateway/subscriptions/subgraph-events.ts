import { Pool, errors as undici } from 'undici'
import { readAnswer, type SubgraphAnswer, SubgraphFailure } from '../execution/subgraph-answer.ts'
import type { SubgraphFetch } from '../execution/subgraph-fetch.ts'
import { headersTo, type SubgraphTarget } from '../execution/subgraph-target.ts'
import { EventStreamReader, type StreamBlock } from './event-stream.ts'
import type { LiveMetrics } from './live.metrics.ts'
import { Turns } from './turns.ts'

/** One event as the subgraph wrote it: whoever receives it parses it for itself. */
export interface SubgraphEvent {
  /** Where the event stands in its sequence; null when the subgraph numbers none. */
  readonly id: string | null
  readonly text: string
}

/** What a subgraph has to say to a subscription. */
export type SubgraphEvents =
  /** Everything up to now. There is more to ask for when something happens about the topic. */
  | {
      readonly kind: 'page'
      readonly topic: string
      /** Up to where there is nothing beside these events. */
      readonly position: string | null
      /** Whether there are further events already. */
      readonly more: boolean
      /** Whether there will never be any further ones. */
      readonly ended: boolean
      readonly events: readonly SubgraphEvent[]
    }
  /** Events as they happen, for as long as they are read. */
  | { readonly kind: 'stream'; readonly events: AsyncGenerator<SubgraphEvent, void> }
  | { readonly kind: 'refusal'; readonly answer: SubgraphAnswer }

export interface EventLimits {
  /** Until the answer begins, and for a page until its end. */
  readonly timeoutMs: number
  /** How many are asked at a time; streams that have begun are not counted. */
  readonly asksMax: number
  readonly pageCharactersMax: number
}

const eventLimits: EventLimits = { timeoutMs: 10_000, asksMax: 32, pageCharactersMax: 16_000_000 }

/** Says of an answer that it is a page, and what to wait for before asking again: `<organizationId>/<subject>`. */
const topicHeader = 'forgeops-topic'
const moreHeader = 'forgeops-more'
const endedHeader = 'forgeops-ended'

/**
 * Asks one subgraph for events by graphql-sse's distinct connections mode. A subgraph that names a topic answers with a page
 * and is asked again after its last id; any other keeps its stream open.
 */
export class SubgraphEventSource {
  readonly #target: SubgraphTarget
  readonly #metrics: Pick<LiveMetrics, 'questions'>
  readonly #limits: EventLimits
  readonly #turns: Turns
  // As many connections as there are turns and open streams; those are bounded by whoever subscribes.
  readonly #pool: Pool

  constructor(target: SubgraphTarget, metrics: Pick<LiveMetrics, 'questions'>, limits = eventLimits) {
    this.#target = target
    this.#metrics = metrics
    this.#limits = limits
    this.#turns = new Turns(limits.asksMax)
    const connect = { timeout: Math.min(2_000, limits.timeoutMs) }
    this.#pool = new Pool(target.origin, { connections: null, keepAliveTimeout: 30_000, connect })
  }

  /**
   * @param lastEventId the last event that was seen; null to begin where the operation says
   * @param signal ends the question, and the stream that came of it
   * @throws SubgraphFailure whatever goes wrong before there is an answer, or while a page is read
   */
  async ask(fetch: SubgraphFetch, lastEventId: string | null, signal: AbortSignal): Promise<SubgraphEvents> {
    const done = await this.#turns.take()
    const stop = new AbortController()
    const onGone = () => stop.abort()
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      stop.abort()
    }, this.#limits.timeoutMs)
    if (signal.aborted) stop.abort()
    signal.addEventListener('abort', onGone)
    let isOpen = false
    try {
      const answer = await this.#answer(fetch, lastEventId, stop.signal)
      isOpen = answer.kind === 'stream'
      this.#metrics.questions.inc({ answer: nameOf(answer) })
      return answer
    } catch (cause) {
      this.#metrics.questions.inc({ answer: 'none' })
      if (cause instanceof SubgraphFailure) throw cause
      if (signal.aborted) throw new SubgraphFailure('client_gone', 'the client has gone')
      const tookTooLong = isLate || cause instanceof undici.ConnectTimeoutError
      throw new SubgraphFailure(tookTooLong ? 'timeout' : 'unreachable', 'no events', { cause })
    } finally {
      clearTimeout(timer)
      if (!isOpen) signal.removeEventListener('abort', onGone)
      done()
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }

  async #answer(
    { query, operationName, variables, context }: SubgraphFetch,
    lastEventId: string | null,
    signal: AbortSignal,
  ): Promise<SubgraphEvents> {
    const extensions = lastEventId === null ? undefined : { lastEventId }
    const body = JSON.stringify({ query, operationName, variables, extensions })
    const response = await this.#pool.request({
      method: 'POST',
      path: this.#target.path,
      headers: headersTo(this.#target, 'text/event-stream', context, body),
      body,
      signal,
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    const { statusCode: status, headers } = response
    if (status !== 200 || !String(headers['content-type']).startsWith('text/event-stream')) {
      const text = await response.body.text()
      const refusal = { status, text, cacheControl: null, retryAfter: null }
      return { kind: 'refusal', answer: readAnswer(refusal, this.#target.key !== undefined, null) }
    }
    const blocks = blocksOf(response.body)
    const { [topicHeader]: topic, [moreHeader]: more, [endedHeader]: ended } = headers
    if (typeof topic !== 'string') return { kind: 'stream', events: eventsOf(blocks, signal) }
    const page = await this.#page(blocks)
    return { kind: 'page', topic, more: more === 'true', ended: ended === 'true', ...page }
  }

  async #page(blocks: AsyncGenerator<StreamBlock, void>) {
    const events: SubgraphEvent[] = []
    let position: string | null = null
    let characters = 0
    let isComplete = false
    // To the very end, so that the connection is kept.
    for await (const { event, data, id } of blocks) {
      if (event === 'complete') isComplete = true
      else if (event === 'next') events.push({ id, text: data })
      position = id ?? position
      characters += data.length
      if (characters > this.#limits.pageCharactersMax) throw new SubgraphFailure('bad_answer', 'a page is too long')
    }
    if (!isComplete) throw new SubgraphFailure('unreachable', 'a page broke off')
    return { position, events }
  }
}

const nameOf = (answer: SubgraphEvents) =>
  answer.kind !== 'page' ? answer.kind : answer.events.length === 0 ? 'nothing_new' : 'events'

async function* blocksOf(body: AsyncIterable<Buffer>): AsyncGenerator<StreamBlock, void> {
  const reader = new EventStreamReader()
  for await (const chunk of body) yield* reader.push(chunk)
}

/** @throws SubgraphFailure when the stream breaks off */
async function* eventsOf(
  blocks: AsyncGenerator<StreamBlock, void>,
  signal: AbortSignal,
): AsyncGenerator<SubgraphEvent, void> {
  try {
    for await (const { event, data, id } of blocks) {
      if (event === 'complete') return
      if (event === 'next') yield { id, text: data }
    }
  } catch (cause) {
    if (signal.aborted) throw new SubgraphFailure('client_gone', 'the client has gone')
    throw cause instanceof SubgraphFailure ? cause : new SubgraphFailure('unreachable', 'broke off', { cause })
  }
  throw new SubgraphFailure('unreachable', 'a stream broke off')
}
