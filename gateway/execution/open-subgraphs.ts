import { SupergraphInvalidError } from '#platform/access/supergraph.errors'
import type { Runtime } from '#platform/http/runtime'
import type { AnswerCache } from '../cache/answer-cache.ts'
import { cacheFetches } from '../cache/cache-fetches.ts'
import { nounsOfFetches } from '../cache/touched-nouns.ts'
import type { GatewayConfig } from '../config.ts'
import type { Supergraph } from '../supergraph/read-supergraph.ts'
import { traceFetch } from '../telemetry/trace-fetch.ts'
import { boundConcurrency, Turns } from '../traffic/bound-concurrency.ts'
import { boundTime } from '../traffic/bound-time.ts'
import { breakCircuit } from '../traffic/break-circuit.ts'
import { Breaker, type BreakerState, breakerOptions } from '../traffic/breaker.ts'
import { SharedReads } from '../traffic/deduplicate-reads.ts'
import { RetryBudget } from '../traffic/retry-budget.ts'
import { retryReads } from '../traffic/retry-reads.ts'
import { TrafficMetrics } from '../traffic/traffic.metrics.ts'
import { SubgraphClient } from './subgraph-client.ts'
import type { Fetch, FetchStage } from './subgraph-fetch.ts'
import { SubgraphStates } from './subgraph-states.ts'

/** One subgraph as the gateway knows it: how it is asked, and how that has gone of late. */
export interface Subgraph {
  readonly name: string
  readonly url: string
  readonly client: SubgraphClient
  readonly fetch: Fetch
  readonly turns: Turns
  readonly breaker: { readonly state: BreakerState }
}

/** The subgraphs of one supergraph, for as long as it is served. */
export interface SubgraphsInUse {
  /** How each subgraph is asked, by its name. */
  readonly fetches: ReadonlyMap<string, Fetch>
  /** When nobody asks through `fetches` any more. */
  release(): Promise<void>
}

/**
 * The subgraphs of the supergraphs that are served. One that stands in two of them, at the same address, keeps its
 * connections and what is known of it.
 */
export class Subgraphs {
  readonly states: SubgraphStates
  readonly #config: GatewayConfig
  readonly #runtime: Runtime
  readonly #cache: AnswerCache | null
  readonly #metrics: TrafficMetrics
  readonly #shared: SharedReads
  readonly #users = new Map<Subgraph, number>()

  constructor(config: GatewayConfig, cache: AnswerCache | null, runtime: Runtime) {
    this.#cache = cache
    this.#config = config
    this.#runtime = runtime
    this.states = new SubgraphStates(runtime.metrics.registry)
    this.#metrics = new TrafficMetrics(runtime.metrics.registry, () => this.all.map(({ name, turns }) => [name, turns]))
    this.#shared = new SharedReads((subgraph) => this.#metrics.joined(subgraph))
    runtime.onClose('subgraph connections', () => Promise.all(this.all.map(({ client }) => client.close())))
  }

  /** All in use, the newest of each name last. */
  get all(): readonly Subgraph[] {
    return [...this.#users.keys()]
  }

  /**
   * None is asked anything yet: they may all be down.
   *
   * @throws SupergraphInvalidError when callers are authenticated and a subgraph has no signing key, so could not be told
   *   who calls
   */
  of(supergraph: Supergraph): SubgraphsInUse {
    const { subgraphKeys, subgraphUrls, jwksUrl } = this.#config
    const names = new Set(supergraph.subgraphs.map(({ name }) => name))
    const keyless = [...names].filter((name) => !subgraphKeys.has(name))
    if (jwksUrl !== null && keyless.length > 0)
      throw new SupergraphInvalidError(
        `SUBGRAPH_KEYS has no key for ${keyless.join(', ')}. Only AUTH=off works without.`,
      )
    for (const name of new Set([...subgraphUrls.keys(), ...subgraphKeys.keys()])) {
      if (!names.has(name)) this.#runtime.log.warn({ subgraph: name }, 'configured subgraph is not in the supergraph')
    }
    const used = supergraph.subgraphs.map(({ name, url }) => this.#use(name, url))
    const release = async () => {
      await Promise.all(used.splice(0).map((subgraph) => this.#leave(subgraph)))
    }
    const nounsIn = nounsOfFetches(supergraph.sdl)
    const cached = ({ name, fetch }: Subgraph): Fetch =>
      this.#cache === null
        ? fetch
        : cacheFetches({ cache: this.#cache, scope: `${supergraph.id} ${name}`, nounsIn })(fetch)
    return { fetches: new Map(used.map((subgraph) => [subgraph.name, cached(subgraph)])), release }
  }

  #use(name: string, url: string): Subgraph {
    const subgraph = this.all.find((one) => one.name === name && one.url === url) ?? this.#open(name, url)
    this.#users.set(subgraph, (this.#users.get(subgraph) ?? 0) + 1)
    return subgraph
  }

  async #leave(subgraph: Subgraph): Promise<void> {
    const users = (this.#users.get(subgraph) ?? 0) - 1
    if (users > 0) return void this.#users.set(subgraph, users)
    this.#users.delete(subgraph)
    await subgraph.client.close()
  }

  #open(name: string, url: string): Subgraph {
    const config = this.#config
    const client = new SubgraphClient({ name, url }, config.subgraphKeys.get(name), config.subgraphLimits)
    const turns = new Turns({ runningMax: config.subgraphLimits.connectionsMax, waitingMax: config.subgraphQueueMax })
    const breaker = new Breaker(breakerOptions, (state) => this.#breakerIs(name, state))
    this.#metrics.breakerIs(name, 'closed')
    const stages: readonly FetchStage[] = [
      ...(config.deduplicate ? [this.#shared.deduplicate(name, client.identityOf)] : []),
      this.states.observe(name),
      retryReads(new RetryBudget(), () => this.#metrics.retried(name)),
      traceFetch(name),
      breakCircuit(breaker),
      boundTime(config.subgraphTimeouts.get(name) ?? config.subgraphLimits.timeoutMs),
      boundConcurrency(turns),
    ]
    const fetch = stages.reduceRight<Fetch>((next, stage) => stage(next), client.fetch)
    return { name, url, client, fetch, turns, breaker }
  }

  #breakerIs(subgraph: string, state: BreakerState): void {
    this.#metrics.breakerIs(subgraph, state)
    this.#runtime.log[state === 'open' ? 'warn' : 'info']({ subgraph, breaker: state }, 'subgraph breaker')
  }
}
