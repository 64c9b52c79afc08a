import type { Pool } from 'pg'

/**
 * Gives back the place in the pool of a connection that is lost while it is out. Kysely gives one back after a commit or
 * a rollback that succeeded, and on a lost connection neither does: each would take a place for good, until none is left.
 */
export function releaseLostConnections(pool: Pool): void {
  pool.on('connect', (client) => {
    client.on('error', (error) => {
      const { release } = client
      // Whoever still holds it may give it back once more.
      client.release = () => undefined
      try {
        release.call(client, error)
      } catch {
        // It was not out: the pool has noticed by itself.
      }
    })
  })
}
