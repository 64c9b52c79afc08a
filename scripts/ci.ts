import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Where a run leaves what each gate came to, for the execution log. */
export const gatesFile = 'coverage/gates.json'

/** Every gate, as a target of the Makefile. The quick ones first: their words stand above the tests' many lines. */
export const gates = [
  'lint',
  'typecheck',
  'schema-check',
  'openapi-gate',
  'migration-smoke',
  'security-audit',
  'docker-check',
  'test',
] as const

interface Outcome {
  readonly gate: string
  readonly passed: boolean
  readonly seconds: number
}

/** The table that closes a run: a line for each gate. */
export function summary(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(
    ({ gate, passed, seconds }) =>
      `  ${gate.padEnd(16)} ${passed ? 'passed' : 'FAILED'} ${seconds.toFixed(1).padStart(7)} s`,
  )
  return ['Gates:', ...rows].join('\n')
}

/** Runs every gate, also after one failed: one run shows all there is to mend. */
if (import.meta.main) {
  const outcomes = gates.map((gate) => {
    console.log(`\n== make ${gate}`)
    const startedMs = performance.now()
    const { status } = spawnSync('make', ['--no-print-directory', gate], { stdio: ['ignore', 'inherit', 'inherit'] })
    return { gate, passed: status === 0, seconds: (performance.now() - startedMs) / 1000 }
  })
  console.log(`\n${summary(outcomes)}`)
  mkdirSync(dirname(gatesFile), { recursive: true })
  writeFileSync(gatesFile, `${JSON.stringify({ at: new Date().toISOString(), outcomes })}\n`)
  process.exitCode = outcomes.every(({ passed }) => passed) ? 0 : 1
}
