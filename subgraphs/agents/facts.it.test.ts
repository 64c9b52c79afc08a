import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Database, openDatabase } from '#platform/db/database'
import { agentsDatabase } from './orm.ts'

let db: Database
beforeAll(async () => {
  db = await openDatabase(agentsDatabase, { url: inject('environment').AGENTS_DATABASE_URL ?? '', poolMax: 1 })
})
afterAll(() => db.orm.close())

test.each([
  'update agents.agent_version set definition = definition',
  'delete from agents.agent_version',
  'update agents.run_event set data = data',
  'delete from agents.run_event',
  'truncate agents.run_event',
])('a fact is added and never changed: %s is denied to the application', async (sql) => {
  await expect(db.orm.em.fork().execute(sql)).rejects.toThrow(/permission denied/)
})
