import type { Credential } from '../authorization/credential.ts'
import type { RevocationList } from '../authorization/revocation-list.ts'
import { TokenRevokedError } from '../errors/edge.errors.ts'
import type { LiveMetrics } from './live.metrics.ts'
import { ClientTooSlowError, CredentialEndedError, ServerShutdownError } from './subscription.errors.ts'

/** An open connection of a client that is told things as they happen. */
export interface LiveConnection {
  /** On whose behalf; what has ended ends the connection. */
  readonly credential: Credential
  /** Whether it was told to end already. */
  readonly isEnding: boolean
  /** Tells the client why, and closes. */
  end(reason: Error & { readonly code: string }): void
  /** Now and then: shows the client, and whatever stands between, that both are alive. @returns whether the client reads */
  beat(): boolean
  /** Closes without a word. */
  drop(): void
}

export interface ConnectionsOptions {
  readonly heartbeatMs: number
  /** Null when nobody can say what is revoked. */
  readonly revocations: Pick<RevocationList, 'isRevoked'> | null
  readonly metrics: Pick<LiveMetrics, 'ended'>
}

const slots = 12
const sweepMs = 250
const shutdownRetryMs = 1_000
const shutdownSpreadMs = 9_000
const goodbyeMs = 2_000

/** All open connections of this process, looked after by two timers however many they are. */
export class Connections {
  readonly #options: ConnectionsOptions
  readonly #slots = Array.from({ length: slots }, () => new Set<LiveConnection>())
  readonly #beating: NodeJS.Timeout
  readonly #sweeping: NodeJS.Timeout
  #turn = 0
  #isEnding = false
  #whenEmpty: (() => void) | undefined

  constructor(options: ConnectionsOptions) {
    this.#options = options
    this.#beating = setInterval(() => this.#beat(), options.heartbeatMs / slots).unref()
    this.#sweeping = setInterval(() => this.#sweep(), sweepMs).unref()
  }

  get size(): number {
    return this.#slots.reduce((sum, slot) => sum + slot.size, 0)
  }

  /** @returns to be called when it is closed */
  add(connection: LiveConnection): () => void {
    const slot = this.#slots.reduce((least, each) => (each.size < least.size ? each : least))
    slot.add(connection)
    if (this.#isEnding) this.#end(connection, this.#shutdown())
    return () => {
      slot.delete(connection)
      if (this.size === 0) this.#whenEmpty?.()
    }
  }

  /**
   * Ends every connection with SERVER_SHUTDOWN and a hint when to come again, another for each; those that are opened
   * later too.
   *
   * @returns when all are closed, or were dropped because their clients do not read
   */
  async endAll(): Promise<void> {
    this.#isEnding = true
    for (const connection of this.#all()) this.#end(connection, this.#shutdown())
    if (this.size > 0) {
      const timer = setTimeout(() => this.#drop(), goodbyeMs)
      await new Promise<void>((resolve) => {
        this.#whenEmpty = resolve
      })
      clearTimeout(timer)
    }
    clearInterval(this.#beating)
    clearInterval(this.#sweeping)
  }

  *#all(): Iterable<LiveConnection> {
    for (const slot of this.#slots) yield* slot
  }

  #drop(): void {
    for (const connection of this.#all()) connection.drop()
  }

  #beat(): void {
    this.#turn = (this.#turn + 1) % slots
    for (const connection of this.#slots[this.#turn] ?? [])
      if (!connection.beat()) this.#end(connection, new ClientTooSlowError())
  }

  /** What was revoked, or has run out, ends what it was believed for. */
  #sweep(): void {
    const { revocations } = this.#options
    const now = Date.now()
    for (const connection of this.#all()) {
      const { endsAt, subjects, revision } = connection.credential
      if (endsAt <= now) this.#end(connection, new CredentialEndedError())
      else if (revocations?.isRevoked(subjects, revision) === true) this.#end(connection, new TokenRevokedError())
    }
  }

  #end(connection: LiveConnection, reason: Error & { readonly code: string }): void {
    if (connection.isEnding) return
    this.#options.metrics.ended.inc({ code: reason.code })
    connection.end(reason)
  }

  #shutdown(): ServerShutdownError {
    return new ServerShutdownError(Math.round(shutdownRetryMs + Math.random() * shutdownSpreadMs))
  }
}
