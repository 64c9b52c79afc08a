import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { askForAdvisories } from './security/advisories.ts'
import { secretsIn } from './security/find-secrets.ts'
import { installScriptFaults, integrityFaults, type Lockfile, licences } from './security/lockfile.ts'

/** Everything tracked by git is looked at, up to this size. */
const bytesMax = 2_000_000

/** Fails on a severe advisory, and on what can be told from here alone; says NOT RUN where nobody could be asked. */
function main(): number {
  const lockfile = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lockfile
  const advisories = askForAdvisories(process.cwd())
  if (advisories.notRun !== null) console.log(`Known vulnerabilities: NOT RUN: ${advisories.notRun}.`)
  else {
    report('Known vulnerabilities, high or critical', advisories.severe)
    for (const line of advisories.minor) console.log(`  (noted) ${line}`)
  }
  const { faults, special } = licences(lockfile)
  const counts = [
    advisories.notRun === null ? advisories.severe.length : 0,
    report('Packages without integrity, or with a download address', integrityFaults(lockfile)),
    report('Install scripts that nobody allowed', installScriptFaults(lockfile)),
    report('Licences of production dependencies that nobody agreed to', faults),
    report('Secrets in tracked files', trackedSecrets()),
  ]
  for (const line of special) console.log(`  (noted) ${line}`)
  return counts.every((count) => count === 0) ? 0 : 1
}

function report(what: string, found: readonly string[]): number {
  console.log(`${what}: ${found.length === 0 ? 'none' : found.length}.`)
  for (const line of found) console.error(`  ${line}`)
  return found.length
}

function trackedSecrets(): string[] {
  const names = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8', maxBuffer: 50_000_000 }).split('\0')
  return names
    .filter((name) => name !== '' && name !== 'package-lock.json' && existsSync(name))
    .flatMap((name) => {
      const content = readFileSync(name)
      return content.length > bytesMax || content.includes(0) ? [] : secretsIn(name, content.toString())
    })
}

if (import.meta.main) process.exitCode = main()
