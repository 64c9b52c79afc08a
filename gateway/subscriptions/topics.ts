export interface TopicsOptions {
  /** After about this long a topic is asked about although nobody said that it changed. */
  readonly pollMs: () => number
  /** How many are woken for that in a second; the others wait longer. */
  readonly pollsPerSecondMax: () => number
}

interface Waiter {
  readonly topic: string
  readonly beganAt: number
  readonly dueAt: number
  readonly go: () => void
}

const tickMs = 250
const topicsMax = 10_000
/** No waiter is due before this part of `pollMs`, and each is after as much more than it. */
const earliest = 0.75

/**
 * Who waits for something to happen about a topic. A change is a hint: it wakes whoever waits, and whoever began to ask
 * before it. All others are woken now and then, the longest waiting first and never more in a second than may be.
 */
export class Topics {
  readonly #options: TopicsOptions
  /** In the order in which they began. */
  readonly #waiters = new Set<Waiter>()
  readonly #byTopic = new Map<string, Set<Waiter>>()
  /** The number of the last change of the topics that changed lately. */
  readonly #changes = new Map<string, number>()
  #lastChange = 0
  /** No topic that is not among the changes has changed later. */
  #floor = 0
  /** Whoever began to wait before is due. */
  #allDueAt = Number.NEGATIVE_INFINITY
  #budget = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: TopicsOptions) {
    this.#options = options
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiters.size
  }

  /** To be taken before one asks: a change after it counts as one that was missed. */
  mark(): number {
    return this.#lastChange
  }

  changed(topic: string): void {
    this.#lastChange += 1
    this.#changes.delete(topic)
    this.#changes.set(topic, this.#lastChange)
    if (this.#changes.size > topicsMax) this.#forgetOldest()
    for (const waiter of this.#byTopic.get(topic) ?? []) this.#wake(waiter)
  }

  /** Changes may have been missed. All who wait are woken as fast as may be, which is not at once. */
  anyMayHaveChanged(): void {
    this.#lastChange += 1
    this.#floor = this.#lastChange
    this.#changes.clear()
    this.#allDueAt = performance.now()
  }

  /** @returns when the topic may have changed since `mark`, or when `signal` aborts */
  wait(topic: string, mark: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || (this.#changes.get(topic) ?? this.#floor) > mark) return Promise.resolve()
    return new Promise((resolve) => {
      const beganAt = performance.now()
      const dueAt = beganAt + this.#options.pollMs() * (earliest + Math.random() * 2 * (1 - earliest))
      const onAbort = () => this.#wake(waiter)
      const go = () => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      }
      const waiter = { topic, beganAt, dueAt, go }
      signal.addEventListener('abort', onAbort)
      this.#waiters.add(waiter)
      const others = this.#byTopic.get(topic)
      if (others === undefined) this.#byTopic.set(topic, new Set([waiter]))
      else others.add(waiter)
      this.#timer ??= setInterval(() => this.#tick(), tickMs).unref()
    })
  }

  #wake(waiter: Waiter): void {
    if (!this.#waiters.delete(waiter)) return
    const others = this.#byTopic.get(waiter.topic)
    others?.delete(waiter)
    if (others?.size === 0) this.#byTopic.delete(waiter.topic)
    waiter.go()
    if (this.#waiters.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #tick(): void {
    const perSecond = this.#options.pollsPerSecondMax()
    const now = performance.now()
    const notBefore = this.#options.pollMs() * earliest
    this.#budget = Math.min(this.#budget, 1) + (perSecond * tickMs) / 1000
    for (const waiter of this.#waiters) {
      const mustBeAsked = waiter.beganAt <= this.#allDueAt
      if (this.#budget < 1 || (!mustBeAsked && waiter.beganAt + notBefore > now)) return
      if (!mustBeAsked && waiter.dueAt > now) continue
      this.#budget -= 1
      this.#wake(waiter)
    }
  }

  #forgetOldest(): void {
    for (const [topic, change] of this.#changes) {
      this.#changes.delete(topic)
      this.#floor = Math.max(this.#floor, change)
      return
    }
  }
}
