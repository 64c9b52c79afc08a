import { Counter } from 'prom-client'
import type { Caller } from '#platform/caller/caller'
import { networkOf } from '#platform/caller/network-of'
import type { Metrics } from '#platform/telemetry/metrics'
import type { RequestRate, Standing } from './request-rate.ts'

/** Requests in a minute; null where there is no limit. */
export interface RateLimits {
  readonly perAddress: number | null
  readonly perUser: number | null
  readonly perOrganization: number | null
}

/** Whose request it is. */
export interface Asker {
  readonly caller: Caller
  /** Of the API key that the caller brought; null when it was none. */
  readonly keyPerMinute: number | null
  /** The client profile, and what it may ask for; null when it says nothing. */
  readonly client: { readonly name: string; readonly requestsPerMinute: number | null } | null
}

export type LimitKind = 'address' | 'user' | 'organization' | 'api-key' | 'client' | 'cost'

/** Points of cost that a caller may spend by one client in a minute. */
export interface CostBudget {
  readonly client: string
  readonly caller: Caller
  readonly costPerMinute: number
}

/** How a request stands to the limit that leaves it the least. */
export interface Judgement extends Standing {
  readonly kind: LimitKind
}

interface Counted {
  readonly kind: LimitKind
  readonly name: string
  readonly limit: number
}

/** Says of each request whether it is one too many, by every limit that is on. */
export class RequestLimits {
  readonly #limits: RateLimits
  readonly #rate: RequestRate
  readonly #refused: Counter<'limit'>

  constructor(limits: RateLimits, rate: RequestRate, { registry }: Pick<Metrics, 'registry'>) {
    this.#limits = limits
    this.#rate = rate
    this.#refused = new Counter({
      name: 'rate_limited_requests_total',
      help: 'Requests that were one too many, by the limit that they exceeded',
      labelNames: ['limit'],
      registers: [registry],
    })
  }

  /** A request from there, when it is known already to be one too many; asks nobody. */
  knownExcess(address: string): Judgement | null {
    const { perAddress: limit } = this.#limits
    if (limit === null) return null
    const standing = this.#rate.usedUp(addressName(address), limit)
    return standing === null ? null : this.#judge({ kind: 'address', ...standing })
  }

  /**
   * Counts a request wherever it counts. One that is known to be too many by one limit is not counted by the others.
   *
   * @returns the limit that it exceeds, or that it comes nearest to; null when none is on
   */
  async count(asker: Asker): Promise<Judgement | null> {
    const counted = this.#countedOf(asker)
    for (const { kind, name, limit } of counted) {
      const standing = this.#rate.usedUp(name, limit)
      if (standing !== null) return this.#judge({ kind, ...standing })
    }
    const judgements = await Promise.all(
      counted.map(async ({ kind, name, limit }) => ({ kind, ...(await this.#rate.count(name, limit)) })),
    )
    const [first, ...others] = judgements
    if (first === undefined) return null
    return this.#judge(others.reduce((tightest, each) => (isTighter(each, tightest) ? each : tightest), first))
  }

  /** Charges points of cost to a budget; what is beyond it too. */
  async charge(budget: CostBudget, points: number): Promise<Judgement> {
    return this.#judge({ kind: 'cost', ...(await this.#rate.count(budgetName(budget), budget.costPerMinute, points)) })
  }

  /** Takes points back that were charged in the minute that still runs. */
  giveBack(budget: CostBudget, points: number): Promise<void> {
    return this.#rate.giveBack(budgetName(budget), points)
  }

  #judge(judgement: Judgement): Judgement {
    if (judgement.exceeded) this.#refused.inc({ limit: judgement.kind })
    return judgement
  }

  #countedOf({ caller, keyPerMinute, client }: Asker): readonly Counted[] {
    const { perAddress, perUser, perOrganization } = this.#limits
    const counted: Counted[] = []
    const add = (kind: LimitKind, name: string, limit: number | null) => {
      if (limit !== null) counted.push({ kind, name, limit })
    }
    // All runs come from the worker: its address says nothing, and what somebody's agents ask is not what they ask.
    if (caller.address !== null && caller.runId === null) add('address', addressName(caller.address), perAddress)
    if (caller.kind === 'user') {
      if (caller.apiKeyId !== null) add('api-key', `api-key:${caller.apiKeyId}`, keyPerMinute)
      else add('user', `${caller.runId === null ? 'user' : 'runs'}:${caller.userId}`, perUser)
      add('organization', `organization:${caller.organizationId}`, perOrganization)
    }
    if (client !== null) add('client', `client:${client.name}:${principalOf(caller)}`, client.requestsPerMinute)
    return counted
  }
}

/** Whom a client profile's limits count for: each user, key or run of it for itself, and each address of nobody. */
const principalOf = ({ apiKeyId, runId, userId, address }: Caller): string =>
  apiKeyId ?? (runId === null ? null : `runs:${userId}`) ?? userId ?? networkOf(address) ?? ''

const budgetName = ({ client, caller }: CostBudget) => `cost:${client}:${principalOf(caller)}`

const addressName = (address: string) => `address:${networkOf(address)}`

const isTighter = (one: Judgement, other: Judgement): boolean =>
  one.exceeded === other.exceeded
    ? one.exceeded
      ? one.resetSeconds > other.resetSeconds
      : one.remaining < other.remaining
    : one.exceeded
