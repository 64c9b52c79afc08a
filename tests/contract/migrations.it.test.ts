import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Database, openDatabase } from '#platform/db/database'
import { schemas } from '#platform/db/schemas'
import { migrate } from '../../scripts/migrate.ts'
import { subgraphs } from '../../scripts/subgraphs.ts'

test('every schema has its subgraph', () => {
  expect(subgraphs.map((subgraph) => subgraph.database.schema).sort()).toEqual([...schemas].sort())
  expect(subgraphs.map((subgraph) => subgraph.database.schema)).toEqual(subgraphs.map((subgraph) => subgraph.name))
})

test('migrating a migrated database changes nothing', async () => {
  expect(await migrate(inject('environment'))).toEqual([])
})

describe.each(subgraphs)('$name', ({ database }) => {
  let db: Database
  beforeAll(async () => {
    db = await openDatabase(database, { url: inject('databaseUrl'), poolMax: 2 })
  })
  afterAll(() => db.orm.close())

  test('the migrated schema is what the entities say, both ways', async () => {
    const statements = (await db.orm.schema.getUpdateSchemaSQL({ wrap: false, dropTables: true }))
      .split('\n')
      // No entity knows of functions.
      .filter((line) => line !== '' && !/^drop (table if exists "\w+"."migrations"|function )/.test(line))
    expect(statements).toEqual([])
  })

  test('migrations run in the order of their names, each under its own', async () => {
    const names = database.migrations.map((migration) => migration.name)
    expect(names.length).toBeGreaterThan(0)
    expect(names).toEqual([...new Set(names)].sort())
    for (const name of names) expect(name).toMatch(/^\d{8}-[a-z][a-z-]+$/)
  })

  test('no migration drops a table or a schema, or speaks of another subgraph’s', async () => {
    const others = schemas.filter((schema) => schema !== database.schema)
    for (const { name, class: Migration } of database.migrations) {
      const migration = new (
        Migration as new (
          driver: unknown,
          config: unknown,
        ) => import('@mikro-orm/migrations').Migration
      )(db.orm.em.getDriver(), db.orm.config)
      await migration.up()
      const sql = migration.getQueries().map(String)
      expect(sql.length, name).toBeGreaterThan(0)
      expect(
        sql.filter((line) => /\bdrop\s+(table|schema)\b|\btruncate\s+table\b/i.test(line)),
        name,
      ).toEqual([])
      expect(
        sql.filter((line) => others.some((other) => new RegExp(`"?\\b${other}"?\\."?\\w`).test(line))),
        name,
      ).toEqual([])
    }
  })
})
