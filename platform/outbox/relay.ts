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

/**
 * What happens after events of one type, which come together as they are there: of one key at most one at a time. Must be
 * safe to repeat: an event may be delivered again after a crash, and what fails together is tried again one by one.
 */
export type Subscriber = (events: readonly DeliveredEvent[]) => Promise<void>

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

const keysPerRound = 200
const eventsPerRound = 1_000

interface OutboxRow extends DeliveredEvent {
  readonly key: string
  readonly type: string
  readonly attempts: number
  readonly due: boolean
}

/**
 * Delivers the events of all outboxes. Several relays may run: each claims keys by advisory locks and delivers their
 * events in sequence order, so that order within a key is commit order whoever delivers. An event's row is
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
      const delivered = await this.#deliver(
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

  async #deliver(client: PoolClient, schema: SchemaName, keys: readonly string[]): Promise<number> {
    const { rows } = await client.query<OutboxRow>(
      `select id, organization_id as "organizationId", key, type, data, request_id as "requestId", traceparent,
         occurred_at as "occurredAt", attempts, due_at <= now() as due
       from ${schema}.outbox where key = any($1::text[]) and failure is null order by sequence limit ${eventsPerRound}`,
      [keys],
    )
    const lines = new Map([...Map.groupBy(rows, ({ key }) => key)])
    const done: string[] = []
    for (let heads = headsOf(lines); heads.length > 0; heads = headsOf(lines)) {
      const failed = new Map<string, unknown>()
      for (const [type, events] of Map.groupBy(heads, (event) => event.type))
        for (const [id, error] of await this.#tell(schema, type, events)) failed.set(id, error)
      for (const event of heads) {
        if (failed.has(event.id)) {
          await this.#postpone(client, schema, event, failed.get(event.id))
          lines.delete(event.key)
        } else {
          done.push(event.id)
          lines.get(event.key)?.shift()
        }
      }
    }
    await client.query(`delete from ${schema}.outbox where id = any($1::uuid[])`, [done])
    return done.length
  }

  /** Tells events of one type to those who want to know. @returns those that did not get through, with why */
  async #tell(schema: SchemaName, type: string, events: readonly OutboxRow[]): Promise<Map<string, unknown>> {
    const spans = events.map((event) => deliverySpan(this.#options.tracer, schema, event))
    const deliveries = events.map((event, index) => {
      const span = spans[index]
      return { ...event, traceparent: span?.traceparent ?? event.traceparent, span }
    })
    const failed = new Map<string, unknown>()
    const subscribers = this.#options.subscribers.get(type) ?? []
    try {
      for (const subscriber of subscribers) await subscriber(deliveries)
      this.#counts.delivered.inc({ type }, events.length)
    } catch (error) {
      for (const span of spans) span.fail(error instanceof Error ? error.name : 'Error')
      const [first] = events
      if (events.length === 1 && first !== undefined) failed.set(first.id, error)
      // One of them may be at fault for all.
      else
        for (const event of events) for (const [id, why] of await this.#tell(schema, type, [event])) failed.set(id, why)
    } finally {
      for (const span of spans) span.end()
    }
    return failed
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

/** The first event of each line that is due. */
function headsOf(lines: ReadonlyMap<string, readonly OutboxRow[]>): OutboxRow[] {
  return [...lines.values()].flatMap(([head]) => (head?.due === true ? [head] : []))
}
