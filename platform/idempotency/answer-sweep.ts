import type { Pool } from 'pg'
import type { SchemaName } from '../db/schemas.ts'
import type { Logger } from '../log/logger.ts'

const everyMs = 10 * 60_000
const batchMax = 1_000

/**
 * Removes kept answers of all organizations whose time is over, batch by batch, so that no statement is long.
 *
 * @param pool connections of the sweep's role, which sees of them nothing but that they ended
 * @returns how many
 */
export async function removeEndedAnswers(
  pool: Pool,
  schemas: readonly SchemaName[],
  batch = batchMax,
): Promise<number> {
  let removed = 0
  for (const schema of schemas) {
    for (let last = batch; last === batch; removed += last) {
      const { rowCount } = await pool.query(
        `delete from ${schema}.kept_answer where (organization_id, id) in
           (select organization_id, id from ${schema}.kept_answer where expires_at < now() limit $1)`,
        [batch],
      )
      last = rowCount ?? 0
    }
  }
  return removed
}

/** Does so every ten minutes until it is closed, beginning now. Several may. */
export class AnswerSweep {
  readonly #sweep: () => Promise<unknown>
  readonly #timer: NodeJS.Timeout
  #running: Promise<unknown> = Promise.resolve()

  constructor(pool: Pool, schemas: readonly SchemaName[], log: Logger) {
    this.#sweep = () =>
      removeEndedAnswers(pool, schemas).catch((error) =>
        log.warn({ err: error }, 'kept answers could not be removed; will try again'),
      )
    this.#timer = setInterval(() => this.#next(), everyMs).unref()
    this.#next()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#running
  }

  #next(): void {
    this.#running = this.#running.then(this.#sweep)
  }
}
