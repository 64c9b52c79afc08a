/** The clock of a session: now, and something to do later. Given from outside so that tests can move it. */
export interface Clock {
  now(): number
  later(task: () => void, delayMs: number): () => void
}

/** The browser's own clock. */
export const browserClock: Clock = {
  now: () => Date.now(),
  later(task, delayMs) {
    const timer = setTimeout(task, delayMs)
    return () => clearTimeout(timer)
  },
}
