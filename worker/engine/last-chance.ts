/**
 * The one place that a worker has for a run that would be set aside if it lost this owner too: so the run that kills its
 * workers takes no other along that only happened to be in the same hands. It is the run's until a completed step of it is
 * stored, or it leaves.
 */
export class LastChance {
  #runId: string | undefined

  get isFree(): boolean {
    return this.#runId === undefined
  }

  /** @returns whether the place is the run's */
  take(runId: string): boolean {
    this.#runId ??= runId
    return this.#runId === runId
  }

  /** @returns whether the place was the run's until now */
  leave(runId: string): boolean {
    if (this.#runId !== runId) return false
    this.#runId = undefined
    return true
  }
}
