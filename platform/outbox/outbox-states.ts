import type { Pool, QueryConfig } from 'pg'
import type { SchemaName } from '../db/schemas.ts'

export interface OutboxState {
  readonly schema: string
  /** Of the event that waits longest for its delivery; 0 when none waits. */
  readonly oldestAgeSeconds: number
  /** Events that were put aside after too many attempts. */
  readonly putAside: number
}

const deadlineMs = 1_000

/** @param pool of a role that sees the outboxes of every organization */
export async function outboxStates(pool: Pool, schemas: readonly SchemaName[]): Promise<OutboxState[]> {
  const each = schemas.map(
    (schema) => `select '${schema}' as schema, count(failure)::int as "putAside",
       coalesce(extract(epoch from now() - min(occurred_at) filter (where failure is null)), 0)::float8 as "oldestAgeSeconds"
     from ${schema}.outbox`,
  )
  const query = { text: each.join(' union all '), query_timeout: deadlineMs }
  return (await pool.query<OutboxState>(query as QueryConfig)).rows
}
