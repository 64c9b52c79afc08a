import { readFileSync, writeFileSync } from 'node:fs'
import { federate } from '#platform/graphql/federate'
import { subgraphs } from './subgraphs.ts'

/** Writes each subgraph's schema from its code. With `--check` writes nothing and fails when a committed one differs. */
const check = process.argv.includes('--check')
let stale = 0
for (const subgraph of subgraphs) {
  const file = `subgraphs/${subgraph.name}/schema.graphql`
  const { sdl } = await federate(subgraph)
  const committed = read(file)
  if (committed === sdl) continue
  if (check) {
    stale += 1
    console.error(`${file} is not what the code says. Run \`npm run schemas\` and read the difference.`)
  } else {
    writeFileSync(file, sdl)
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
