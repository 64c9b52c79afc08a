import { Pool } from 'pg'
import type { Logger } from '../log/logger.ts'

const connectionsMax = 6

/** The relay's connections, fewer than it has lanes: most outboxes are empty most of the time. */
export function openRelayPool(url: string, log: Logger): Pool {
  const pool = new Pool({
    connectionString: url,
    max: connectionsMax,
    connectionTimeoutMillis: 5_000,
    idle_in_transaction_session_timeout: 60_000,
  })
  // The pool listens to idle connections only; a lost one without a listener ends the process.
  const lost = (error: Error) => log.warn({ err: error }, 'relay connection lost')
  return pool.on('error', lost).on('connect', (client) => client.on('error', lost))
}
