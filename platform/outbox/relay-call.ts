/**
 * Tells relays that there is something to deliver, after the commit that it came with. Within the transaction a NOTIFY
 * would have all commits of the database wait for one another: PostgreSQL holds a lock from there until the commit is on
 * disk. A call that is lost costs a second at most, since relays also look by themselves.
 */
export class RelayCall {
  readonly #notify: () => Promise<unknown>
  #underWay = false
  #again = false

  constructor(notify: () => Promise<unknown>) {
    this.#notify = notify
  }

  /** What is called while a call is under way goes with the next. */
  now(): void {
    if (this.#underWay) {
      this.#again = true
      return
    }
    this.#underWay = true
    this.#again = false
    this.#notify()
      .catch(() => undefined)
      .finally(() => {
        this.#underWay = false
        if (this.#again) this.now()
      })
  }
}
