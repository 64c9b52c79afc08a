import { readFileSync, writeFileSync } from 'node:fs'
import { federate } from '#platform/graphql/federate'
import { rolesFile } from './reference/roles-file.ts'
import { subgraphs } from './subgraphs.ts'

/** Writes each subgraph's schema, and what the system roles stand for, from the code. With `--check` writes nothing and fails when a committed one differs. */
const check = process.argv.includes('--check')
let stale = 0
const files = [['docs/reference/roles.json', rolesFile()]]
for (const subgraph of subgraphs)
  files.push([`subgraphs/${subgraph.name}/schema.graphql`, (await federate(subgraph)).sdl])
for (const [file = '', text = ''] of files) {
  if (read(file) === text) continue
  if (check) {
    stale += 1
    console.error(`${file} is not what the code says. Run \`npm run schemas\` and read the difference.`)
  } else {
    writeFileSync(file, text)
    console.log(`Wrote ${file}.`)
  }
}
process.exitCode = stale === 0 ? 0 : 1

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
