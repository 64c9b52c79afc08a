import type { Credential } from '../authorization/credential.ts'
import type { RevocationList } from '../authorization/revocation-list.ts'
import type { Generation } from '../execution/generation.ts'
import type { Answer, Operation } from '../execution/operation.ts'
import type { EdgeContext } from '../execution/request-context.ts'
import { targetOf } from '../execution/subgraph-target.ts'
import { Connections } from './connections.ts'
import type { LiveMetrics, Transport } from './live.metrics.ts'
import { type SeatLimits, Seats } from './seats.ts'
import { SharedPages } from './shared-pages.ts'
import { SubgraphEventSource } from './subgraph-events.ts'
import { Subscription } from './subscription.ts'
import { Topics, type TopicsOptions } from './topics.ts'

export interface SubscriptionsOptions extends TopicsOptions {
  readonly limits: SeatLimits
  readonly heartbeatMs: number
  readonly subgraphKeys: ReadonlyMap<string, Uint8Array>
  readonly revocations: Pick<RevocationList, 'isRevoked'> | null
  readonly metrics: LiveMetrics
}

export interface OpeningSubscription {
  readonly operation: Operation
  readonly generation: Generation
  readonly context: EdgeContext
  /** Aborts `context.clientGone`. */
  readonly gone: AbortController
  readonly credential: Credential
  /** The last event that the client has; null to begin where the operation says. */
  readonly lastEventId: string | null
  readonly transport: Transport
}

export type OpenedSubscription =
  /** `close` is to be called when it has ended; once more does no harm. */
  | { readonly subscription: Subscription; readonly close: () => void }
  /** The caller may not have it, and this is the answer. */
  | { readonly subscription: null; readonly refused: Answer }

interface Source {
  readonly source: SubgraphEventSource
  readonly pages: SharedPages
}

/** What the subscriptions of one process share. */
export class Subscriptions {
  readonly connections: Connections
  readonly topics: Topics
  readonly metrics: LiveMetrics
  readonly #seats: Seats
  readonly #keys: ReadonlyMap<string, Uint8Array>
  /** By name and address: a reload may move a subgraph, and what runs stays with the old one. */
  readonly #sources = new Map<string, Source>()

  constructor(options: SubscriptionsOptions) {
    this.metrics = options.metrics
    this.topics = new Topics(options)
    this.connections = new Connections(options)
    this.#seats = new Seats(options.limits, options.metrics)
    this.#keys = options.subgraphKeys
  }

  /**
   * Opens a subscription that was checked. It begins to ask when its results are read.
   *
   * @throws TooManySubscriptionsError, and what planning throws
   */
  async open(opening: OpeningSubscription): Promise<OpenedSubscription> {
    const { operation, generation, context, gone, credential, lastEventId, transport } = opening
    const giveBack = this.#seats.take(credential.caller)
    try {
      const live = await generation.openSubscription(operation, context)
      if ('refused' in live) {
        giveBack()
        return { subscription: null, refused: live.refused }
      }
      const { topics, metrics } = this
      const from = this.#sourceOf(generation, live.subgraph)
      // It outlives every span that could hold its events: those are told by the subgraphs only.
      const untraced = { ...context, span: undefined }
      const subscription = new Subscription({ live, ...from, topics, metrics, context: untraced, gone, lastEventId })
      metrics.active.inc({ transport })
      let isOpen = true
      const close = () => {
        if (!isOpen) return
        isOpen = false
        subscription.leave()
        giveBack()
        metrics.active.dec({ transport })
      }
      return { subscription, close }
    } catch (error) {
      giveBack()
      throw error
    }
  }

  /** Closes the connections to subgraphs. Those of clients are to be ended before. */
  async close(): Promise<void> {
    await Promise.all([...this.#sources.values()].map(({ source }) => source.close()))
  }

  #sourceOf({ supergraph }: Generation, name: string): Source {
    const address = supergraph.subgraphs.find((each) => each.name === name)
    if (address === undefined) throw new Error(`The supergraph has no subgraph ${name}.`)
    const key = `${name} ${address.url}`
    const known = this.#sources.get(key)
    if (known !== undefined) return known
    const source = new SubgraphEventSource(targetOf(address, this.#keys.get(name)), this.metrics)
    const made = { source, pages: new SharedPages(source) }
    this.#sources.set(key, made)
    return made
  }
}
