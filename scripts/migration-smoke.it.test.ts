import { expect, test } from 'vitest'
import { migrationSmoke } from './migration-smoke.ts'

test('a new database is migrated once by two migrators and serves each application role', async () => {
  const said: string[] = []
  await migrationSmoke((line) => said.push(line))
  expect(said).toContain('Migrating again did nothing.')
  expect(said.filter((line) => line.includes('owns nothing'))).toHaveLength(4)
})
