/**
 * How many second tries there may be: a share of the first ones, and a few at once. A token bucket, so that retries never
 * multiply the load of a subgraph that is down.
 */
export class RetryBudget {
  readonly #share: number
  readonly #max: number
  #tokens: number

  /** @param share tokens that each first try adds, 0.1 for one retry in ten; @param max retries that may come together */
  constructor(share = 0.1, max = 10) {
    this.#share = share
    this.#max = max
    this.#tokens = max
  }

  earn(): void {
    this.#tokens = Math.min(this.#tokens + this.#share, this.#max)
  }

  /** @returns whether there was one left */
  spend(): boolean {
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
