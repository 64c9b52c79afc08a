/** So many points more for a counter that begins anew `windowMs` after it began; fewer when negative, none to look only. */
export interface Addition {
  readonly name: string
  readonly points: number
  readonly windowMs: number
}

/** How a counter stands after an addition. */
export interface Counted {
  readonly points: number
  /** Until it begins anew. */
  readonly leftMs: number
}

/** Where counters are kept that several processes share. */
export interface Counters {
  /** Whether they can be reached now, as far as is known. */
  readonly isReady: boolean
  /** @returns one for each addition, in their order; rejects when they cannot be reached */
  add(additions: readonly Addition[]): Promise<readonly Counted[]>
}
