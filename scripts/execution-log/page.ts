import { generatedBy, markdownTable } from '../reference/markdown-table.ts'
import type { Activation } from './activation.ts'
import type { State } from './state.ts'
import type { Verification } from './verification.ts'

export const sections = ['Activated', 'Verified', 'Current state'] as const

/** `docs/EXECUTION_LOG.md`. */
export function executionLog(activation: Activation, verified: Verification, state: State): string {
  return `${generatedBy('make execution-log')}

# Execution log

Written on ${moment(state.at)}: a house was started from an empty folder, asked, and stopped again; the records of the
last \`make ci\` and \`make test\` were read.

## ${sections[0]}

From an empty home to ready in ${seconds(activation.startedInMs)} s, on ${state.machine}. Running: ${activation.processes.join(', ')}.

${markdownTable(
  ['Subgraph', 'Queries', 'Mutations', 'In one operation over all four it answered'],
  state.subgraphs.map(({ name, queries, mutations }) => [
    name,
    queries.join(', '),
    mutations.join(', ') || 'none',
    activation.crossing.find(({ subgraph }) => subgraph === name)?.answered ?? '',
  ]),
)}

- Database roles: ${code(activation.roles)}
- Migrations: ${activation.migrations.map(({ schema, name }) => `\`${name}\` in ${schema}`).join(', ')}
- Connectors: ${activation.connectors.map(({ key, actions }) => `\`${key}\` (${actions.join(', ')})`).join(', ')}
- Agents, each run once: ${activation.agents.map(({ name, run, steps, ms }) => `\`${name}\` ${run}, ${steps} steps in ${ms} ms`).join('; ')}

## ${sections[1]}

${gateWords(verified)}

${markdownTable(
  ['Tests', 'Files now', 'Passed', 'Failed'],
  verified.tests.map(({ project, files, passed, failed }) => [
    project,
    String(files),
    String(passed ?? 'not run'),
    String(failed ?? 'not run'),
  ]),
)}

${verified.testedAt === undefined ? 'No run of all tests has left a report in this folder.' : `The last run of all tests began on ${moment(verified.testedAt)}.`} ${
    verified.coverage === undefined
      ? 'No coverage baseline is committed.'
      : `Coverage may not fall below ${verified.coverage.lines} % of lines and ${verified.coverage.branches} % of branches.`
  }

## ${sections[2]}

Version ${state.version}, after the commit "${state.commit}"${state.clean ? '' : ', with changes not committed'}.
The supergraph has ${state.types} types; its hash is \`${state.supergraph}\`.

${markdownTable(
  ['Runs on', 'Version'],
  [
    ['Node.js', state.node],
    ['PostgreSQL', activation.postgres],
    ['Redis', activation.redis],
    ...state.packages.map(({ name, version }) => [`\`${name}\``, version]),
  ],
)}

What is deliberately not there yet stands at the end of \`docs/ARCHITECTURE.md\`.
`
}

function gateWords({ gates }: Verification): string {
  if (gates === undefined) return 'No run of `make ci` has left a record in this folder.'
  const rows = gates.outcomes.map(({ gate, passed, seconds: took }) => [
    `\`make ${gate}\``,
    passed ? 'passed' : 'FAILED',
    `${took.toFixed(1)} s`,
  ])
  return `The last \`make ci\` ended on ${moment(gates.at)}.\n\n${markdownTable(['Gate', 'Outcome', 'Took'], rows)}`
}

const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ')
const seconds = (ms: number) => (ms / 1000).toFixed(1)
const moment = (at: string) => `${at.slice(0, 10)} at ${at.slice(11, 16)} UTC`
