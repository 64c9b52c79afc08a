import { nodeFault } from './node-version.ts'

// Before anything is loaded: an older Node fails on the dependencies with words that help nobody.
const fault = nodeFault(process.versions.node)
if (fault === undefined) {
  const { up } = await import('./up.ts')
  process.exit(await up(process.env))
} else {
  process.stderr.write(`${fault}\n`)
  process.exitCode = 1
}
