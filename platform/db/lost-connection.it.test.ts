import { Client } from 'pg'
import { expect, inject, test } from 'vitest'
import { identityDatabase } from '../../subgraphs/identity/orm.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'
import { openDatabase } from './database.ts'

const url = inject('environment').IDENTITY_DATABASE_URL ?? ''
type Manager = { execute<T>(sql: string): Promise<T> }
const pidOf = async (em: Manager) => (await em.execute<{ pid: number }[]>('select pg_backend_pid() as pid'))[0]?.pid

test('a connection lost in a transaction costs that transaction alone: its place in the pool is free again', async () => {
  const db = await openDatabase(identityDatabase, { url, poolMax: 1 })
  const operator = new Client({ connectionString: url })
  await operator.connect()
  const running = async (pid: number | undefined) => {
    const found = await operator.query('select query from pg_stat_activity where pid = $1', [pid])
    return found.rows[0]?.query as string | undefined
  }
  for (const work of ['select 1', 'select pg_sleep(10)']) {
    const lost = db.orm.em.fork().transactional(async (em) => {
      const pid = await pidOf(em)
      const busy = work.includes('sleep') ? em.execute(work) : undefined
      busy?.catch(() => undefined)
      if (busy !== undefined) await waitFor('the statement to run', async () => (await running(pid)) === work)
      await operator.query('select pg_terminate_backend($1)', [pid])
      await waitFor('the connection to end', async () => (await running(pid)) === undefined)
      await busy
      await em.execute(work)
    })
    await expect(lost).rejects.toThrow(/terminat|not queryable/)
    expect(await pidOf(db.orm.em.fork())).toBeGreaterThan(0)
  }
  // Waits for every connection that is out.
  await db.orm.close()
  await operator.end()
})
