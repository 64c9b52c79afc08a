export type BreakerState = 'closed' | 'half_open' | 'open'

export interface BreakerOptions {
  /** Over how long failures are counted. */
  readonly windowMs: number
  /** Fewer failures than this within the window never open it. */
  readonly failuresMin: number
  /** The share of failures among all answers in the window that opens it. */
  readonly failureRatio: number
  /** How long it stays open for the first time; each failed probe doubles it. */
  readonly openMs: number
  readonly openMsMax: number
}

export const breakerOptions: BreakerOptions = {
  windowMs: 10_000,
  failuresMin: 20,
  failureRatio: 0.5,
  openMs: 2_000,
  openMsMax: 30_000,
}

/** What became of one try: `none` says nothing about the other side, such as a client that left. */
export type Verdict = 'success' | 'failure' | 'none'

const slices = 10

/**
 * Lets nothing through to somebody who keeps failing: after its time one try goes as a probe, all others are refused at
 * once until the probe has ended. A probe that ended without a verdict is followed by the next one.
 */
export class Breaker {
  readonly #options: BreakerOptions
  readonly #now: () => number
  readonly #onChange: (state: BreakerState) => void
  readonly #successes = new Uint32Array(slices)
  readonly #failures = new Uint32Array(slices)
  #slice = 0
  #state: BreakerState = 'closed'
  #openUntil = 0
  #timesOpened = 0
  #probing = false
  /** Tries of an earlier state have no say in the present one. */
  #era = 0

  /** @param now milliseconds on a clock that does not jump */
  constructor(options: BreakerOptions, onChange: (state: BreakerState) => void, now = () => performance.now()) {
    this.#options = options
    this.#onChange = onChange
    this.#now = now
  }

  get state(): BreakerState {
    return this.#state
  }

  /** @returns how to say what became of the try, once; null when it must not be made */
  enter(): ((verdict: Verdict) => void) | null {
    if (this.#state === 'open' && this.#now() >= this.#openUntil) this.#become('half_open')
    if (this.#state === 'open' || this.#probing) return null
    this.#probing = this.#state === 'half_open'
    const era = this.#era
    return (verdict) => {
      if (era === this.#era) this.#judge(verdict)
    }
  }

  #judge(verdict: Verdict): void {
    this.#probing = false
    if (verdict === 'none') return
    if (this.#state === 'closed') this.#count(verdict)
    else if (verdict === 'success') this.#close()
    else this.#open()
  }

  #count(verdict: 'success' | 'failure'): void {
    const slice = this.#turned()
    const counts = verdict === 'success' ? this.#successes : this.#failures
    counts[slice] = (counts[slice] ?? 0) + 1
    if (verdict === 'failure' && this.#isTooMuch()) this.#open()
  }

  #isTooMuch(): boolean {
    const [failures, successes] = [sum(this.#failures), sum(this.#successes)]
    const { failuresMin, failureRatio } = this.#options
    return failures >= failuresMin && failures / (failures + successes) >= failureRatio
  }

  #open(): void {
    const { openMs, openMsMax } = this.#options
    const ms = Math.min(openMs * 2 ** this.#timesOpened, openMsMax)
    this.#timesOpened = Math.min(this.#timesOpened + 1, 16)
    // Between half of it and all of it, so that gateways do not probe in step.
    this.#openUntil = this.#now() + ms * (0.5 + Math.random() / 2)
    this.#become('open')
  }

  #close(): void {
    this.#timesOpened = 0
    this.#successes.fill(0)
    this.#failures.fill(0)
    this.#become('closed')
  }

  #become(state: BreakerState): void {
    this.#era += 1
    this.#probing = false
    this.#state = state
    this.#onChange(state)
  }

  /** The present slice of the window, those emptied that have passed out of it. */
  #turned(): number {
    const slice = Math.floor(this.#now() / (this.#options.windowMs / slices))
    for (let past = Math.max(this.#slice + 1, slice - slices + 1); past <= slice; past += 1) {
      this.#successes[past % slices] = 0
      this.#failures[past % slices] = 0
    }
    this.#slice = slice
    return slice % slices
  }
}

const sum = (counts: Uint32Array): number => counts.reduce((all, one) => all + one, 0)
