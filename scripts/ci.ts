import { spawnSync } from 'node:child_process'

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
  process.exitCode = outcomes.every(({ passed }) => passed) ? 0 : 1
}
