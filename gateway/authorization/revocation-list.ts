import { Gauge } from 'prom-client'
import { z } from 'zod'
import { systemCaller, systemOrganizationId } from '#platform/caller/caller'
import type { Runtime } from '#platform/http/runtime'
import { SignedCallError, signedCall } from '#platform/http/signed-call'

const answerShape = z.object({
  revision: z.number().int().nonnegative(),
  lines: z.array(z.object({ sequence: z.number().int(), subject: z.string(), expiresAt: z.coerce.date() })).max(10_000),
})

export interface RevocationListOptions {
  /** Where the issuer answers for its list. */
  readonly url: URL
  readonly key: Uint8Array
  /** The pause between two readings: what is revoked bites within it and the time of one reading. */
  readonly pollMs?: number
  /** A list not read for longer is stale: rights cannot be confirmed by it. */
  readonly staleMs?: number
}

const timeoutMs = 3_000
const patienceMs = 1_000

/**
 * The issuer's revocation list, followed line by line. A token is worthless when a line about one of its subjects is newer
 * than the revision at which the token was issued; clocks play no part in it.
 */
export class RevocationList {
  readonly #options: Required<RevocationListOptions>
  readonly #runtime: Pick<Runtime, 'log' | 'metrics'>
  readonly #lines = new Map<string, { readonly sequence: number; readonly expiresAt: number }>()
  #revision = 0
  #readAt = Number.NEGATIVE_INFINITY
  #failing = false
  #closed = false
  #timer: NodeJS.Timeout | undefined
  #reading: Promise<boolean> | undefined

  constructor(options: RevocationListOptions, runtime: Pick<Runtime, 'log' | 'metrics'>) {
    this.#options = { pollMs: 500, staleMs: 30_000, ...options }
    this.#runtime = runtime
    const list = this
    new Gauge({
      name: 'gateway_revocation_list_age_seconds',
      help: 'Since the revocation list was last read; above 30 only queries are answered',
      registers: [runtime.metrics.registry],
      collect() {
        this.set(Math.min(list.ageMs, 86_400_000) / 1000)
      },
    })
  }

  /** Begins following. @returns when the first reading has ended, one way or the other */
  async start(): Promise<void> {
    await this.#follow()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  /** Milliseconds since the list was last read. */
  get ageMs(): number {
    return performance.now() - this.#readAt
  }

  get isStale(): boolean {
    return this.ageMs > this.#options.staleMs
  }

  /** Whether something that was issued at `revision` has since been revoked for one of its subjects. */
  isRevoked(subjects: Iterable<string>, revision: number): boolean {
    for (const subject of subjects) {
      if ((this.#lines.get(subject)?.sequence ?? 0) > revision) return true
    }
    return false
  }

  /** Reads now, or waits for the reading that is under way, but not for long. */
  async refresh(): Promise<void> {
    await Promise.race([this.#readOnce(), new Promise((resolve) => setTimeout(resolve, patienceMs).unref())])
  }

  async #follow(): Promise<void> {
    const more = await this.#readOnce()
    if (this.#closed) return
    this.#timer = setTimeout(() => void this.#follow(), more ? 0 : this.#options.pollMs).unref()
  }

  #readOnce(): Promise<boolean> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  /** @returns whether there is more to read at once */
  async #read(): Promise<boolean> {
    const started = performance.now()
    try {
      const body = { after: this.#revision }
      const caller = systemCaller(systemOrganizationId)
      const answer = await signedCall({ ...this.#options, audience: 'revocations', caller, body, timeoutMs })
      return this.#take(answerShape.parse(answer), started)
    } catch (error) {
      const reason = error instanceof SignedCallError ? error : { err: error }
      if (!this.#failing && !this.#closed) this.#runtime.log.warn({ err: reason }, 'revocation list cannot be read')
      this.#failing = true
      return false
    }
  }

  #take({ revision, lines }: z.infer<typeof answerShape>, started: number): boolean {
    if (this.#failing) this.#runtime.log.info('revocation list is read again')
    this.#failing = false
    // The issuer's database is another, or an older one: its numbers mean something else now.
    if (revision < this.#revision) {
      this.#lines.clear()
      this.#revision = 0
      this.#readAt = Number.NEGATIVE_INFINITY
      return true
    }
    for (const { sequence, subject, expiresAt } of lines) {
      // Set anew at the end, so that the oldest lines stay in front.
      this.#lines.delete(subject)
      this.#lines.set(subject, { sequence, expiresAt: expiresAt.getTime() })
    }
    const behind = lines.length > 0 && lines.at(-1)?.sequence === revision && lines.length === 10_000
    this.#revision = revision
    if (!behind) this.#readAt = started
    this.#forgetEnded()
    return behind
  }

  #forgetEnded(): void {
    const now = Date.now()
    for (const [subject, { expiresAt }] of this.#lines) {
      if (expiresAt > now) break
      this.#lines.delete(subject)
    }
  }
}
