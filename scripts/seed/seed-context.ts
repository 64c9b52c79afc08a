import type { Caller } from '#platform/caller/caller'
import { type Database, type DatabaseManifest, openDatabase } from '#platform/db/database'
import type { Ctx } from '#platform/graphql/context'
import { newId } from '#platform/id'
import { createLogger } from '#platform/log/logger'
import { continueTrace } from '#platform/telemetry/trace-context'

export const seedLog = createLogger({ service: 'seed', version: '0', environment: 'development', level: 'warn' })

/** Opens a subgraph's database for `work` and closes it. */
export async function withDatabase<T>(
  manifest: DatabaseManifest,
  url: string,
  work: (db: Database) => Promise<T>,
): Promise<T> {
  const db = await openDatabase(manifest, { url, poolMax: 2 })
  try {
    return await work(db)
  } finally {
    await db.orm.close()
  }
}

export const seedCtx = <Parts>(db: Database, caller: Caller, parts: Parts): Ctx<Parts> => ({
  caller,
  db,
  parts,
  requestId: newId(),
  traceparent: continueTrace(undefined),
  log: seedLog,
  loaders: new Map(),
})
