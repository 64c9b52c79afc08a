import { type Migration, Migrator } from '@mikro-orm/migrations'
import { type EntityClass, type EntitySchema, MikroORM, type PostgreSqlConnection } from '@mikro-orm/postgresql'
import type { Pool } from 'pg'
import type { ReadinessCheck } from '../http/health.ts'
import { KeptAnswer } from '../idempotency/kept-answer.entity.ts'
import { outboxChannel } from '../outbox/append-events.ts'
import { OutboxEvent } from '../outbox/outbox.entity.ts'
import { RelayCall } from '../outbox/relay-call.ts'
import { UsedNonce } from '../replay/used-nonce.entity.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { releaseLostConnections } from './lost-connections.ts'
import { type SchemaName, schemas } from './schemas.ts'
import { type EndedStatement, tellStatement } from './trace-statements.ts'

/** What one subgraph stores: said once, read by its server, the worker, the migrator and the tests. */
export interface DatabaseManifest {
  readonly schema: SchemaName
  readonly entities: readonly (EntityClass | EntitySchema)[]
  readonly migrations: readonly { readonly name: string; readonly class: new (...args: never[]) => Migration }[]
}

export interface DatabaseOptions {
  readonly url: string
  readonly poolMax: number
  /** Where the use of the pool is told. */
  readonly metrics?: Metrics
  /** Called with each statement sent: for tests that count. */
  readonly onStatement?: (sql: string) => void
}

export interface Database {
  readonly schema: SchemaName
  readonly orm: MikroORM
  /** To be called after a commit with events. */
  readonly relay: RelayCall
}

/** The application role of a schema: owns nothing and is under row-level security. */
export const applicationRole = (schema: SchemaName): string => `forgeops_${schema}`

/** Opens one subgraph's tables on a pool of at most `poolMax` connections. Closed by `database.orm.close()`. */
export async function openDatabase(manifest: DatabaseManifest, options: DatabaseOptions): Promise<Database> {
  const orm = await MikroORM.init({
    clientUrl: options.url,
    schema: manifest.schema,
    entities: [...manifest.entities, OutboxEvent, UsedNonce, KeptAnswer],
    extensions: [Migrator],
    pool: { min: 0, max: options.poolMax },
    driverOptions: {
      connectionTimeoutMillis: 5_000,
      statement_timeout: 15_000,
      idle_in_transaction_session_timeout: 30_000,
      application_name: `forgeops-${manifest.schema}`,
      onPoolCreated: (pool: Pool) => {
        releaseLostConnections(pool)
        options.metrics?.pools.watch(manifest.schema, pool)
      },
    },
    ensureDatabase: false,
    loggerFactory: () => statementLogger(options.onStatement),
    schemaGenerator: { ignoreSchema: ['public', ...schemas.filter((name) => name !== manifest.schema)] },
    migrations: {
      tableName: 'migrations',
      snapshot: false,
      migrationsList: manifest.migrations.map((migration) => ({
        name: migration.name,
        class: migration.class as never,
      })),
    },
  })
  const { schema } = manifest
  const relay = new RelayCall(async () => {
    const pool = await (orm.em.getConnection() as PostgreSqlConnection).getNativeClient()
    await pool.query(`notify ${outboxChannel}, '${schema}'`)
  })
  return { schema, orm, relay }
}

const readinessDeadlineMs = 1_000

/** Ready while the database answers a statement within a second. */
export const databaseReadiness =
  (db: Database): ReadinessCheck =>
  async () => {
    const answered = db.orm.em
      .getConnection()
      .execute('select 1')
      .then(
        () => true,
        () => false,
      )
    const late = new Promise<false>((resolve) => setTimeout(resolve, readinessDeadlineMs, false).unref())
    return (await Promise.race([answered, late])) ? undefined : 'the database does not answer'
  }

/** Not for logs: each statement is told to whoever counts it, and to the span that it belongs to. Never its parameters. */
function statementLogger(onStatement: ((sql: string) => void) | undefined) {
  const ignore = () => undefined
  return {
    log: ignore,
    error: ignore,
    warn: ignore,
    setDebugMode: ignore,
    isEnabled: () => false,
    logQuery: (context: EndedStatement) => {
      onStatement?.(context.query ?? '')
      tellStatement(context)
    },
  }
}
