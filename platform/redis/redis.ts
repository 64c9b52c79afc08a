import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from '../log/logger.ts'
import { newClient, type RedisClient } from './client.ts'
import { Deadlines } from './deadlines.ts'
import { RedisAwayError } from './redis.errors.ts'

export interface RedisParts {
  readonly url: string
  readonly name: string
  readonly deadlineMs: number
  readonly log: Logger
}

/** A connection that owes answers for so long is given up: its other end may be gone without a word. */
const silentMsMax = 2_000
const closeMsMax = 1_000

/**
 * One connection to Redis, which may be away at any time: then every command fails at once, and so does one that Redis
 * does not answer within its deadline. Connects again by itself; says in the log when Redis goes and when it comes back.
 */
export class Redis {
  /** Resolves when there was a connection for the first time. */
  readonly connected: Promise<void>
  readonly #parts: RedisParts
  readonly #deadlines: Deadlines
  #client: RedisClient
  #closed = false
  /** Since when Redis owes an answer that is late, in milliseconds of the monotonic clock. */
  #silentSince: number | null = null
  #away: boolean | null = null

  constructor(parts: RedisParts) {
    this.#parts = parts
    this.#deadlines = new Deadlines(parts.deadlineMs)
    const first = Promise.withResolvers<void>()
    this.connected = first.promise
    this.#client = this.#connect(first.resolve)
  }

  /** Whether a command would be sent now. */
  get isReady(): boolean {
    return this.#client.isReady && this.#silentSince === null
  }

  /**
   * Sends what `ask` asks for. Several at once are one round trip.
   *
   * @param ask called at once, or never
   * @throws RedisAwayError when Redis is not connected or does not answer within the deadline, whether or not it did
   *   what was asked; an ErrorReply of node-redis when it answers with an error
   */
  run<T>(ask: (client: RedisClient) => Promise<T>): Promise<T> {
    const client = this.#client
    if (!this.isReady) return Promise.reject(new RedisAwayError('Redis is away.'))
    return new Promise((resolve, reject) => {
      const asked = ask(client)
      const done = this.#deadlines.begin(() => {
        this.#fallSilent(client)
        reject(new RedisAwayError(`Redis did not answer within ${this.#parts.deadlineMs} ms.`))
      })
      asked.then(
        (answer) => {
          done()
          if (this.#silentSince !== null) this.#came(client)
          resolve(answer)
        },
        (error) => {
          done()
          reject(client.isReady ? error : new RedisAwayError('Redis went away.', { cause: error }))
        },
      )
    })
  }

  /** Waits a second at most for the answers that are still to come. Further commands fail. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const client = this.#client
    if (this.isReady) await Promise.race([client.close(), pause(closeMsMax, undefined, { ref: false })])
    client.destroy()
  }

  #connect(ready: () => void = () => undefined): RedisClient {
    const client = newClient(this.#parts)
    client.on('error', (error) => this.#went(error))
    client.on('ready', () => {
      this.#came(client)
      ready()
    })
    // It rejects only when it is closed before it was ever connected.
    client.connect().catch(() => undefined)
    return client
  }

  #fallSilent(client: RedisClient): void {
    if (client !== this.#client || this.#closed) return
    this.#went(new RedisAwayError('Redis does not answer.'))
    const now = performance.now()
    if (this.#silentSince !== null) return
    this.#silentSince = now
    setTimeout(() => {
      if (this.#silentSince !== now || client !== this.#client || this.#closed) return
      client.destroy()
      this.#silentSince = null
      this.#client = this.#connect()
    }, silentMsMax).unref()
  }

  #came(client: RedisClient): void {
    if (client !== this.#client) return
    this.#silentSince = null
    if (this.#away === true) this.#parts.log.info({ connection: this.#parts.name }, 'Redis is back')
    this.#away = false
  }

  #went(error: unknown): void {
    if (this.#away === true || this.#closed) return
    this.#away = true
    this.#parts.log.warn({ connection: this.#parts.name, err: error }, 'Redis is away')
  }
}
