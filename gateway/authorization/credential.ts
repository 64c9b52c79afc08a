import type { Caller } from '#platform/caller/caller'

/** Who asks, and for how long that may be believed. */
export interface Credential {
  readonly caller: Caller
  /** Whatever it rests on, by the names that the revocation list uses. */
  readonly subjects: readonly string[]
  /** The line of the revocation list at which it was said: a later one about a subject ends it. */
  readonly revision: number
  /** Milliseconds since the epoch; infinite for nobody. */
  readonly endsAt: number
  /** How many requests a minute it allows by itself; null when it says nothing of it. */
  readonly requestsPerMinute: number | null
}
