import { deepStrictEqual, rejects } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemCaller } from '#platform/caller/caller'
import { applicationRole, type DatabaseManifest, openDatabase } from '#platform/db/database'
import { read } from '#platform/db/read'
import { write } from '#platform/db/write'
import { newId } from '#platform/id'
import { createLogger } from '#platform/log/logger'
import { continueTrace } from '#platform/telemetry/trace-context'
import { removeMovedData } from './local/data-place.ts'
import { type Environment, environmentFor } from './local/environment.ts'
import { openPostgres } from './local/postgres.ts'
import { generateSecrets } from './local/secrets.ts'
import { migrate } from './migrate.ts'
import { subgraphs } from './subgraphs.ts'

const anyPort = { identity: 0, agents: 0, integrations: 0, audit: 0, gateway: 0, ops: 0, worker: 0 }

/**
 * Migrates a PostgreSQL made for this alone, and uses it: two migrators at once run each migration once, a third finds
 * nothing to do, no entity differs from its table, and each application role stores and reads its rows and owns nothing.
 *
 * @param say told what was found, a sentence at a time
 * @throws on the first thing that is otherwise
 */
export async function migrationSmoke(say: (line: string) => void): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'forgeops-migration-smoke-'))
  chmodSync(home, 0o711)
  const postgres = await openPostgres({ home, log: say, throwaway: true })
  try {
    const secrets = generateSecrets()
    const environment = environmentFor({
      secrets,
      ports: anyPort,
      databaseUrl: postgres.url,
      redisUrl: 'redis://unused',
    })
    const all = subgraphs.flatMap(({ database }) => database.migrations.map(({ name }) => name))
    const ran = (await Promise.all([migrateInProcess(environment), migrateInProcess(environment)])).flat()
    deepStrictEqual(ran.toSorted(), all.toSorted(), 'two migrators at once run each migration once')
    say(`Two migrators at once ran each of the ${all.length} migrations once.`)
    deepStrictEqual(await migrate(environment), [], 'a migrated database has nothing left to migrate')
    say('Migrating again did nothing.')
    for (const { database } of subgraphs) {
      deepStrictEqual(
        await drift(database, postgres.url),
        [],
        `${database.schema}: the tables are what the entities say`,
      )
      await actAsApplication(database, environment)
      say(
        `${applicationRole(database.schema)} stores and reads its own rows, sees no other organization's, owns nothing.`,
      )
    }
  } finally {
    await postgres.close()
    removeMovedData(home)
    rmSync(home, { recursive: true, force: true })
  }
}

/** `npm run migrate` as a process of its own; returns what it says it ran. */
async function migrateInProcess(environment: Environment): Promise<string[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/migrate.ts'], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let words = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (words += chunk))
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`migrate exited with ${code}: ${words}`)
  return words.match(/^Migrated: (.*)\.$/m)?.[1]?.split(', ') ?? []
}

/** The statements that would make the tables what the entities say. */
async function drift(manifest: DatabaseManifest, url: string): Promise<string[]> {
  const { orm } = await openDatabase(manifest, { url, poolMax: 2 })
  try {
    const sql = await orm.schema.getUpdateSchemaSQL({ safe: true, dropTables: false })
    return sql.split('\n').filter((line) => line !== '' && !/^(set names|create schema)/.test(line))
  } finally {
    await orm.close()
  }
}

async function actAsApplication(manifest: DatabaseManifest, environment: Environment): Promise<void> {
  const url = environment[`${manifest.schema.toUpperCase()}_DATABASE_URL`] ?? ''
  const db = await openDatabase(manifest, { url, poolMax: 2 })
  try {
    const log = createLogger({ service: 'migration-smoke', version: '0', environment: 'development', level: 'silent' })
    const rest = { db, parts: {}, requestId: newId(), traceparent: continueTrace(undefined), log, loaders: new Map() }
    const [here, elsewhere] = [systemCaller(newId()), systemCaller(newId())]
    await write({ ...rest, caller: here }, 'smoke.happened', async () => undefined)
    const rows = (caller: typeof here) =>
      read({ db, caller }, (em) => em.execute(`select data->>'action' as action from ${manifest.schema}.outbox`))
    deepStrictEqual(await rows(here), [{ action: 'smoke.happened' }])
    deepStrictEqual(await rows(elsewhere), [], 'no organization sees the rows of another')
    const owned = 'select relname from pg_class where relowner = current_user::regrole'
    deepStrictEqual(await db.orm.em.fork().execute(owned), [], 'an application role owns nothing')
    await rejects(() => db.orm.em.fork().execute(`create table ${manifest.schema}.mine (id int)`), /permission denied/)
  } finally {
    await db.orm.close()
  }
}

if (import.meta.main) {
  try {
    await migrationSmoke(console.log)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
