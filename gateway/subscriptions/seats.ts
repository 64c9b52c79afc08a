import type { Caller } from '#platform/caller/caller'
import type { LiveMetrics } from './live.metrics.ts'
import { TooManySubscriptionsError } from './subscription.errors.ts'

/** How many may be open at a time. */
export interface SeatLimits {
  readonly perProcess: number
  readonly perOrganization: number
  /** Per user, API key, or address of those who did not sign in. */
  readonly perCaller: number
}

const retryAfterSeconds = 30

/** Counts what is open, for this process, for each organization and for each caller. */
export class Seats {
  readonly #limits: SeatLimits
  readonly #metrics: Pick<LiveMetrics, 'refused'>
  readonly #taken = new Map<string, number>()

  constructor(limits: SeatLimits, metrics: Pick<LiveMetrics, 'refused'>) {
    this.#limits = limits
    this.#metrics = metrics
  }

  /**
   * @returns gives the seat back, once
   * @throws TooManySubscriptionsError
   */
  take({ kind, organizationId, apiKeyId, userId, address }: Caller): () => void {
    const isAnonymous = kind === 'anonymous'
    const caller = isAnonymous ? `address ${address}` : apiKeyId === null ? `user ${userId}` : `key ${apiKeyId}`
    const { perProcess, perOrganization, perCaller } = this.#limits
    const seats = [
      { key: 'process', max: perProcess, whose: 'this server' },
      { key: caller, max: perCaller, whose: 'one caller' },
      // Those who did not sign in are of no organization.
      ...(isAnonymous ? [] : [{ key: `of ${organizationId}`, max: perOrganization, whose: 'your organization' }]),
    ]
    for (const { key, max, whose } of seats) {
      if ((this.#taken.get(key) ?? 0) < max) continue
      this.#metrics.refused.inc({ limit: whose })
      throw new TooManySubscriptionsError(whose, retryAfterSeconds)
    }
    const keys = seats.map(({ key }) => key)
    for (const key of keys) this.#taken.set(key, (this.#taken.get(key) ?? 0) + 1)
    let isTaken = true
    return () => {
      if (isTaken) for (const key of keys) this.#giveBack(key)
      isTaken = false
    }
  }

  #giveBack(key: string): void {
    const left = (this.#taken.get(key) ?? 0) - 1
    if (left > 0) this.#taken.set(key, left)
    else this.#taken.delete(key)
  }
}
