import { Client, type Pool } from 'pg'
import type { SchemaName } from '../db/schemas.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { outboxChannel } from './append-events.ts'
import { Delivery, type DeliveryOptions } from './delivery.ts'
import { outboxStates } from './outbox-states.ts'
import { createRelayMetrics, measureOutboxes } from './relay.metrics.ts'
import { openRelayPool } from './relay-pool.ts'
import { Waker } from './waker.ts'

export interface RelayOptions extends Omit<DeliveryOptions, 'attemptsMax'> {
  /** A URL of the relay's own role, which sees outbox tables only. */
  readonly url: string
  readonly schemas: readonly SchemaName[]
  readonly metrics: Metrics
  /** Polling is the truth, NOTIFY only wakes earlier. */
  readonly pollMs?: number
  readonly attemptsMax?: number
}

const keysPerRound = 200

/**
 * Delivers the events of all outboxes. Several relays may run: each claims keys by advisory locks and delivers their
 * events in sequence order, so that order within a key is commit order whoever delivers. An event's row is
 * deleted only after its subscribers are done: nothing is lost with a process, or with Redis.
 */
export class Relay {
  readonly #options: Required<RelayOptions>
  readonly #pool: Pool
  readonly #delivery: Delivery
  readonly #wakers: ReadonlyMap<string, Waker>
  #listener: Promise<Client> | undefined
  #closing = false
  #loops: readonly Promise<void>[] = []

  constructor(options: RelayOptions) {
    this.#options = { pollMs: 1_000, attemptsMax: 12, ...options }
    this.#delivery = new Delivery(this.#options, createRelayMetrics(options.metrics))
    this.#wakers = new Map(options.schemas.map((schema) => [schema, new Waker()]))
    this.#pool = openRelayPool(options.url, options.log)
    options.metrics.pools.watch('relay', this.#pool)
    measureOutboxes(options.metrics, () => outboxStates(this.#pool, options.schemas))
  }

  /** Each outbox has a loop of its own, so that none waits for what another one's events take. */
  start(): void {
    this.#loops = this.#options.schemas.map((schema) => this.#run(schema))
  }

  /** Finishes the events at hand and closes. */
  async close(): Promise<void> {
    this.#closing = true
    for (const waker of this.#wakers.values()) waker.wake()
    await Promise.all(this.#loops)
    await this.#listener?.then((listener) => listener.end()).catch(() => undefined)
    await this.#pool.end()
  }

  async #run(schema: SchemaName): Promise<void> {
    const waker = this.#wakers.get(schema) ?? new Waker()
    while (!this.#closing) {
      waker.begin()
      let delivered = 0
      try {
        await this.#listen()
        delivered = await this.#drain(schema)
      } catch (error) {
        this.#options.log.error({ err: error, schema }, 'relay round failed')
      }
      if (delivered === 0 && !this.#closing) await waker.rest(this.#options.pollMs)
    }
  }

  /** One round, in one transaction. @returns how many events were delivered */
  async #drain(schema: SchemaName): Promise<number> {
    // A key is due when its first event is: later ones wait for it, or order would break.
    const due = await this.#pool.query<{ key: string }>(
      `select key from (
         select distinct on (key) key, due_at, sequence from ${schema}.outbox where failure is null order by key, sequence
       ) as head where due_at <= now() order by sequence limit ${keysPerRound}`,
    )
    if (due.rows.length === 0) return 0
    const client = await this.#pool.connect()
    try {
      await client.query('begin')
      const claimed = await client.query<{ key: string }>(
        'select key from unnest($2::text[]) as key where pg_try_advisory_xact_lock(hashtextextended($1 || key, 1))',
        [`${schema}:`, due.rows.map(({ key }) => key)],
      )
      const delivered = await this.#delivery.deliver(
        client,
        schema,
        claimed.rows.map(({ key }) => key),
      )
      await client.query('commit')
      return delivered
    } catch (error) {
      await client.query('rollback').catch(() => undefined)
      throw error
    } finally {
      client.release()
    }
  }

  #listen(): Promise<Client> {
    this.#listener ??= this.#openListener().catch((error) => {
      this.#listener = undefined
      throw error
    })
    return this.#listener
  }

  async #openListener(): Promise<Client> {
    const listener = new Client({ connectionString: this.#options.url, connectionTimeoutMillis: 5_000 })
    listener.on('error', () => {
      this.#listener = undefined
    })
    listener.on('notification', ({ payload = '' }) => this.#wakers.get(payload)?.wake())
    await listener.connect()
    await listener.query(`listen ${outboxChannel}`)
    return listener
  }
}
