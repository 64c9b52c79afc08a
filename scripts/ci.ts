import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
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

/** Runs one gate; what it says is said together, when it has ended. */
async function run(gate: string): Promise<Outcome> {
  const startedMs = performance.now()
  const said: Buffer[] = []
  const child = spawn('make', ['--no-print-directory', gate], { stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk))
  const [status] = (await once(child, 'close')) as [number | null]
  process.stdout.write(`\n== make ${gate}\n${Buffer.concat(said)}`)
  return { gate, passed: status === 0, seconds: (performance.now() - startedMs) / 1000 }
}

/** The same for the tests, which take minutes and say how far they are. */
function runAloud(gate: string): Outcome {
  console.log(`\n== make ${gate}`)
  const startedMs = performance.now()
  const { status } = spawnSync('make', ['--no-print-directory', gate], { stdio: ['ignore', 'inherit', 'inherit'] })
  return { gate, passed: status === 0, seconds: (performance.now() - startedMs) / 1000 }
}

/** Runs every gate, also after one failed: one run shows all there is to mend. The quick ones two at a time. */
if (import.meta.main) {
  const order: readonly string[] = gates
  const quick = order.filter((gate) => gate !== 'test')
  const outcomes: Outcome[] = []
  const lane = async () => {
    for (let gate = quick.shift(); gate !== undefined; gate = quick.shift()) outcomes.push(await run(gate))
  }
  await Promise.all([lane(), lane()])
  outcomes.sort((one, other) => order.indexOf(one.gate) - order.indexOf(other.gate)).push(runAloud('test'))
  console.log(`\n${summary(outcomes)}`)
  mkdirSync(dirname(gatesFile), { recursive: true })
  writeFileSync(gatesFile, `${JSON.stringify({ at: new Date().toISOString(), outcomes })}\n`)
  process.exitCode = outcomes.every(({ passed }) => passed) ? 0 : 1
}
