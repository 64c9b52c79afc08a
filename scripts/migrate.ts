import { Client } from 'pg'
import { configOrExit, type Environment, readConfig } from '#platform/config/read-config'
import { postgresUrl } from '#platform/config/units'
import { openDatabase } from '#platform/db/database'
import { ensureRoles, limitGrants, prepareSchema, roleVariables } from './database-roles.ts'
import { subgraphs } from './subgraphs.ts'

export const migrateVariables = {
  DATABASE_URL: postgresUrl(),
  ...Object.fromEntries(roleVariables.map((name) => [name, postgresUrl()])),
}

/** One at a time over all machines: the second waits and then finds nothing left to do. */
const lock = "select pg_advisory_lock(hashtextextended('forgeops:migrate', 0))"

/**
 * Brings every schema of the database at `DATABASE_URL` (the owner's) to this version: roles, grants, migrations.
 *
 * @returns the names of the migrations that ran
 */
export async function migrate(environment: Environment): Promise<string[]> {
  const variables = readConfig(migrateVariables, environment) as Record<string, string>
  const url = variables.DATABASE_URL ?? ''
  const owner = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  await owner.connect()
  try {
    await owner.query(lock)
    await ensureRoles(
      owner,
      roleVariables.map((name) => variables[name] ?? ''),
    )
    const ran: string[] = []
    for (const { database } of subgraphs) {
      await prepareSchema(owner, database.schema)
      const db = await openDatabase(database, { url, poolMax: 2 })
      try {
        ran.push(...(await db.orm.migrator.up()).map((migration) => migration.name))
      } finally {
        await db.orm.close()
      }
      await limitGrants(owner, database.schema)
    }
    return ran
  } finally {
    await owner.end()
  }
}

if (import.meta.main) {
  configOrExit(() => readConfig(migrateVariables, process.env))
  try {
    const ran = await migrate(process.env)
    console.log(ran.length === 0 ? 'The database is up to date.' : `Migrated: ${ran.join(', ')}.`)
  } catch (error) {
    console.error(`Migration failed: ${error instanceof Error ? error.message : error}`)
    process.exitCode = 1
  }
}
