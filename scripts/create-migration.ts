import { writeFileSync } from 'node:fs'
import { openDatabase } from '#platform/db/database'
import { subgraphs } from './subgraphs.ts'

/** Writes a migration from what a migrated database lacks: `npm run migration:create -- agents add-archived-at`. */
const [subgraphName, effect] = process.argv.slice(2)
const subgraph = subgraphs.find((each) => each.name === subgraphName)
if (subgraph === undefined || effect === undefined || !/^[a-z][a-z-]+$/.test(effect)) {
  console.error(
    'Usage: npm run migration:create -- <subgraph> <effect-in-kebab-case>   (DATABASE_URL: a migrated database, as its owner)',
  )
  process.exit(1)
}
const db = await openDatabase(subgraph.database, { url: process.env.DATABASE_URL ?? '', poolMax: 2 })
const sql = await db.orm.schema.getUpdateSchemaSQL({ safe: true, dropTables: false })
await db.orm.close()
const statements = sql
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('set names') && !line.startsWith('create schema'))
if (statements.length === 0) {
  console.log('The database already matches the entities.')
} else {
  const name = `${new Date().toISOString().slice(0, 10).replaceAll('-', '')}-${effect}`
  const className = effect
    .split('-')
    .map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`)
    .join('')
  const file = `subgraphs/${subgraph.name}/migrations/${name}.ts`
  const body = statements
    .map((line) => `    this.addSql(\`${line.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\`)`)
    .join('\n')
  writeFileSync(
    file,
    `import { Migration } from '@mikro-orm/migrations'\n\nexport class ${className} extends Migration {\n  override up(): void {\n${body}\n  }\n}\n`,
  )
  console.log(
    `Wrote ${file}. Name it in subgraphs/${subgraph.name}/orm.ts, run \`npx biome format --write ${file}\`, and read it before you commit it.`,
  )
}
