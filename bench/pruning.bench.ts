import { readFileSync } from 'node:fs'
import { parse, visit } from 'graphql'
import { rightsOver } from '#platform/access/rights'
import { anonymousCaller, type Caller } from '#platform/caller/caller'
import { newId } from '#platform/id'
import { permitBy, pruneBeforePlanning } from '../gateway/authorization/pruning/prune-before-planning.ts'
import { pruneOperation } from '../gateway/authorization/pruning/prune-operation.ts'
import { restoreAnswer } from '../gateway/authorization/pruning/restore-answer.ts'
import { CompiledOperations } from '../gateway/execution/compiled-operations.ts'
import type { Execute, Operation } from '../gateway/execution/operation.ts'
import { Subtypes } from '../gateway/execution/plan/subtypes.ts'
import type { EdgeContext } from '../gateway/execution/request-context.ts'
import { DocumentStore } from '../gateway/operations/document-store.ts'
import { resolveOperation } from '../gateway/operations/resolve-operation.ts'
import { Planner } from '../gateway/planning/planner.ts'
import { parseSupergraph } from '../gateway/supergraph/read-supergraph.ts'
import { clientSchema, operationOn, rootFields } from '../tests/kit/operations.ts'
import { memberCaller } from '../tests/kit/organizations.ts'

/**
 * What does pruning add to an operation, next to planning and executing it without? Run it by
 * `npx tsx bench/pruning.bench.ts`. The plans are warm and the subgraphs answer null at once, so that the ratios are the
 * worst there can be. Fails when a known operation's decision takes more than 0.1 ms (median).
 */
const decisionMsMax = 0.1
const rounds = 400
const coldRounds = 60

const { sdl, rules, subgraphs, fieldSetNames } = parseSupergraph(
  readFileSync('gateway/supergraph.graphql', 'utf8'),
  new Map(),
)
const schema = clientSchema()
const { planner, schema: planned } = await Planner.open(sdl)
const nothing = async () => ({ data: null, errors: [], cacheControl: null })
const operations = new CompiledOperations(schema, planner, {
  fetchers: new Map(subgraphs.map(({ name }) => [name, nothing])),
  subtypes: new Subtypes(planned.subtypes),
  reserved: fieldSetNames,
})
const executor: Execute = async (operation, context) => (await operations.get(operation)).execute(operation, context)
const documents = new DocumentStore(schema)

const callers: Readonly<Record<string, Caller>> = {
  owner: memberCaller(newId(), ['owner']),
  viewer: memberCaller(newId(), ['viewer']),
  narrow: { ...memberCaller(newId(), []), scopes: ['user:read', 'run:read', 'connection:read'] },
  nobody: anonymousCaller('203.0.113.9'),
}

/** Fields of every query, each under an alias of its own, until there are about `fields`. */
function operationOf(fields: number): string {
  const parts: string[] = []
  const open = rootFields(schema).filter(
    ({ root, field }) => root === 'Query' && field.args.every(({ name }) => name !== 'id' && name !== 'input'),
  )
  for (let i = 0; countOf(parts.join(' ')) < fields; i += 1) {
    const field = open[(i * 7) % open.length]
    if (field === undefined) throw new Error('The supergraph has no queries.')
    const text = operationOn(schema, field, 2)
      .replace(/^query \(.*?\) \{|^query\s+\{/, '')
      .replace(/\}$/, '')
    parts.push(`q${i}: ${text.replaceAll(/\(\w+: \$.*?\)/g, field.field.name === 'connector' ? '(key: "http")' : '')}`)
  }
  return `query Bench { ${parts.join(' ')} }`
}
const countOf = (selections: string): number => {
  let count = 0
  if (selections !== '')
    visit(parse(`{ ${selections} }`), {
      Field: () => {
        count += 1
      },
    })
  return count
}

const operationFrom = (query: string): Operation =>
  resolveOperation(
    documents.get(query, null),
    { operationName: null, variables: {}, registered: null, extensions: {} },
    schema,
  )
const contextOf = (caller: Caller) => ({ caller }) as EdgeContext

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
async function timed(work: () => unknown): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
const ms = (value: number) => `${value.toFixed(4)} ms`.padStart(11)

const permit = permitBy(rules, schema, () => {})
const pruned = pruneBeforePlanning(permit)(executor)

for (const fields of [40, 400]) {
  const query = operationOf(fields)
  const operation = operationFrom(query)
  process.stdout.write(`\n${countOf(query.slice(query.indexOf('{') + 1, -1))} fields\n`)
  for (const [name, caller] of Object.entries(callers)) {
    const context = contextOf(caller)
    const took: Record<'none' | 'with' | 'decision', number[]> = { none: [], with: [], decision: [] }
    for (let i = 0; i < rounds; i += 1) {
      took.none.push(await timed(() => executor(operation, context)))
      took.with.push(await timed(() => pruned(operation, context)))
      took.decision.push(await timed(() => permit(operation, context)))
    }
    const cold: number[] = []
    let denials = 0
    for (let i = 0; i < coldRounds; i += 1) {
      const rights = rightsOver(rules)(caller)
      const start = performance.now()
      denials = pruneOperation(schema, operation.document, operation.definition, rights)?.denials.length ?? 0
      cold.push(performance.now() - start)
    }
    const [none, withPruning, decision] = [median(took.none), median(took.with), median(took.decision)]
    process.stdout.write(
      `  ${name.padEnd(7)} ${String(denials).padStart(4)} denied · without ${ms(none)} · with ${ms(withPruning)} (× ${(withPruning / none).toFixed(2)}) · ` +
        `decision known ${ms(decision)}, new ${ms(median(cold))}\n`,
    )
    if (decision > decisionMsMax) process.exitCode = 1
  }
}
await planner.close()

const rows = 1_000
const wide =
  '{ runs { edges { node { id status agent { name } input output version { id } queuedAt startedAt finishedAt } } } }'
const narrowed = operationFrom(wide)
const prunedWide = pruneOperation(
  schema,
  narrowed.document,
  narrowed.definition,
  rightsOver(rules)(callers.narrow as Caller),
)
if (prunedWide === null) throw new Error('Nothing was denied.')
const node = {
  id: newId(),
  status: 'RUNNING',
  input: {},
  output: null,
  queuedAt: 'now',
  startedAt: 'now',
  finishedAt: null,
}
const answer = { runs: { edges: Array.from({ length: rows }, () => ({ node })) } }
const restoring: number[] = []
const printing: number[] = []
for (let i = 0; i < rounds; i += 1) {
  restoring.push(await timed(() => restoreAnswer(answer, prunedWide, {})))
  printing.push(await timed(() => JSON.stringify(answer)))
}
process.stdout.write(
  `\n${rows} rows of 9 fields, 2 of them denied\n  put together again ${ms(median(restoring))} · printed as JSON ${ms(median(printing))}\n`,
)
