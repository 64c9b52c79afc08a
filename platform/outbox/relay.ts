import { Client, type Pool, type PoolClient } from 'pg'
import type { SchemaName } from '../db/schemas.ts'
import type { Logger } from '../log/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import { outboxChannel } from './append-events.ts'
import { deliverySpan } from './delivery-span.ts'
import type { DeliveredEvent } from './event.ts'
import { outboxStates } from './outbox-states.ts'
import { createRelayMetrics, measureOutboxes, type RelayMetrics } from './relay.metrics.ts'
import { openRelayPool } from './relay-pool.ts'
import { Waker } from './waker.ts'

/** What happens after an event. Must be safe to repeat: an event may be delivered again after a crash. */
export type Subscriber = (event: DeliveredEvent) => Promise<void>

export interface RelayOptions {
  /** A URL of the relay's own role, which sees outbox tables only. */
  readonly url: string
  readonly schemas: readonly SchemaName[]
  /** Event type with its version, e.g. `audit.recorded@1` → subscribers, run in order. */
  readonly subscribers: ReadonlyMap<string, readonly Subscriber[]>
  readonly log: Logger
  readonly metrics: Metrics
  readonly tracer: Tracer
  /** Polling is the truth, NOTIFY only wakes earlier. */
  readonly pollMs?: number
  /** Deliveries of one event before it is put aside for an operator. */
  readonly attemptsMax?: number
}

const keysPerRound = 50
const eventsPerKey = 100
/** Keys of one outbox that are delivered at once. */
const lanesPerSchema = 3

interface OutboxRow extends DeliveredEvent {
  readonly type: string
  readonly attempts: number
  readonly due: boolean
}

/**
 * Delivers the events of all outboxes. Several relays may run: each claims a key by advisory lock and delivers that
 * key's events in sequence order, so that order within a key is commit order whoever delivers. An event's row is
 * deleted only after its subscribers are done: nothing is lost with a process, or with Redis.
 */
export class Relay {
  readonly #options: Required<RelayOptions>
  readonly #pool: Pool
  readonly #counts: RelayMetrics
  readonly #wakers: ReadonlyMap<string, Waker>
  #listener: Promise<Client> | undefined
  #closing = false
  #loops: readonly Promise<void>[] = []

  constructor(options: RelayOptions) {
    this.#options = { pollMs: 1_000, attemptsMax: 12, ...options }
    this.#counts = createRelayMetrics(options.metrics)
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

  /** One round. @returns how many events were delivered */
  async #drain(schema: SchemaName): Promise<number> {
    let delivered = 0
    // A key is due when its first event is: later ones wait for it, or order would break.
    const keys = await this.#pool.query<{ key: string }>(
      `select key from (
         select distinct on (key) key, due_at, sequence from ${schema}.outbox where failure is null order by key, sequence
       ) as head where due_at <= now() order by sequence limit ${keysPerRound}`,
    )
    const queue = keys.rows.map((row) => row.key)
    const lanes = Array.from({ length: lanesPerSchema }, async () => {
      for (let key = queue.shift(); key !== undefined; key = queue.shift())
        delivered += await this.#deliverKey(schema, key)
    })
    await Promise.all(lanes)
    return delivered
  }

  async #deliverKey(schema: SchemaName, key: string): Promise<number> {
    const client = await this.#pool.connect()
    try {
      await client.query('begin')
      const claim = await client.query<{ mine: boolean }>(
        'select pg_try_advisory_xact_lock(hashtextextended($1, 1)) as mine',
        [`${schema}:${key}`],
      )
      const delivered = claim.rows[0]?.mine === true ? await this.#deliverInOrder(client, schema, key) : 0
      await client.query('commit')
      return delivered
    } catch (error) {
      await client.query('rollback').catch(() => undefined)
      throw error
    } finally {
      client.release()
    }
  }

  async #deliverInOrder(client: PoolClient, schema: SchemaName, key: string): Promise<number> {
    const rows = await client.query<OutboxRow>(
      `select id, organization_id as "organizationId", type, data, request_id as "requestId", traceparent, occurred_at as "occurredAt", attempts, due_at <= now() as due
       from ${schema}.outbox where key = $1 and failure is null order by sequence limit ${eventsPerKey}`,
      [key],
    )
    const done: string[] = []
    for (const event of rows.rows) {
      if (!event.due) break
      const span = deliverySpan(this.#options.tracer, schema, event)
      try {
        const delivery = { ...event, traceparent: span.traceparent, span }
        for (const subscriber of this.#options.subscribers.get(event.type) ?? []) await subscriber(delivery)
        done.push(event.id)
        this.#counts.delivered.inc({ type: event.type })
      } catch (error) {
        span.fail(error instanceof Error ? error.name : 'Error')
        await this.#postpone(client, schema, event, error)
        break
      } finally {
        span.end()
      }
    }
    await client.query(`delete from ${schema}.outbox where id = any($1::uuid[])`, [done])
    return done.length
  }

  /** Later events of the key wait with the failed one, until it is delivered or put aside. */
  async #postpone(client: PoolClient, schema: SchemaName, event: OutboxRow, error: unknown): Promise<void> {
    const attempts = event.attempts + 1
    const last = attempts >= this.#options.attemptsMax
    const delaySeconds = Math.min(2 ** attempts, 300)
    const reason = error instanceof Error ? error.message : String(error)
    this.#counts.failed.inc({ type: event.type })
    this.#options.log[last ? 'error' : 'warn'](
      { requestId: event.requestId, eventId: event.id, type: event.type, attempts, err: error },
      last ? 'event put aside' : 'event delivery failed',
    )
    await client.query(
      `update ${schema}.outbox set attempts = $2, due_at = now() + make_interval(secs => $3), failure = $4 where id = $1`,
      [event.id, attempts, delaySeconds, last ? reason.slice(0, 1_000) : null],
    )
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
