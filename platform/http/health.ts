/** Why a process is not ready, in words an operator can act on; undefined when it is. */
export type ReadinessCheck = () => string | undefined | Promise<string | undefined>

/** What the readiness probe says: every check passes and the process is not draining. */
export class Health {
  readonly #checks: ReadinessCheck[] = []
  #draining = false

  add(check: ReadinessCheck): void {
    this.#checks.push(check)
  }

  drain(): void {
    this.#draining = true
  }

  get isDraining(): boolean {
    return this.#draining
  }

  /** The first reason for not being ready. */
  async reason(): Promise<string | undefined> {
    if (this.#draining) return 'shutting down'
    for (const check of this.#checks) {
      const reason = await check()
      if (reason !== undefined) return reason
    }
    return undefined
  }
}
