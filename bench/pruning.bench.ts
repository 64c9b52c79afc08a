import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ApolloGateway } from '@apollo/gateway'
import { type DocumentNode, Kind, type OperationDefinitionNode, parse, visit } from 'graphql'
import { rightsOver } from '#platform/access/rights'
import { anonymousCaller, type Caller } from '#platform/caller/caller'
import { newId } from '#platform/id'
import { pruneBeforePlanning } from '../gateway/authorization/pruning/prune-before-planning.ts'
import { pruneOperation } from '../gateway/authorization/pruning/prune-operation.ts'
import { restoreAnswer } from '../gateway/authorization/pruning/restore-answer.ts'
import { refuseVendorTelemetry } from '../gateway/config.ts'
import type { Executor } from '../gateway/execution/planned-gateway.ts'
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

type Request = Parameters<Executor>[0]

refuseVendorTelemetry()
const { sdl, rules } = parseSupergraph(readFileSync('gateway/supergraph.graphql', 'utf8'), new Map())
const schema = clientSchema()
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const apollo = new ApolloGateway({
  supergraphSdl: sdl,
  buildService: () => ({ process: async () => ({ data: null }) }) as never,
  logger: silent,
  __exposeQueryPlanExperimental: false,
})
const { executor } = (await apollo.load()) as unknown as { executor: Executor }

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

const requestOf = (query: string, document: DocumentNode, caller: Caller): Request =>
  ({
    request: { query },
    source: query,
    document,
    schema,
    operation: document.definitions.find((d): d is OperationDefinitionNode => d.kind === Kind.OPERATION_DEFINITION),
    queryHash: createHash('sha256').update(query).digest('hex'),
    context: { caller },
    metrics: {},
    logger: silent,
  }) as unknown as Request

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
async function timed(work: () => unknown): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
const ms = (value: number) => `${value.toFixed(4)} ms`.padStart(11)

const pruned = pruneBeforePlanning(executor, rules, () => {})
let decidedAt = 0
const mark = () => {
  if (decidedAt === 0) decidedAt = performance.now()
}
/** Executes nothing; a decision is made when something is denied, or else when there would be something to execute. */
const decided = pruneBeforePlanning(
  async () => {
    mark()
    return { data: null }
  },
  rules,
  mark,
)
async function decisionMs(request: Request): Promise<number> {
  decidedAt = 0
  const start = performance.now()
  await decided(request)
  return decidedAt - start
}

for (const fields of [40, 400]) {
  const query = operationOf(fields)
  const document = parse(query)
  process.stdout.write(`\n${countOf(query.slice(query.indexOf('{') + 1, -1))} fields\n`)
  for (const [name, caller] of Object.entries(callers)) {
    const request = requestOf(query, document, caller)
    const took: Record<'none' | 'with' | 'decision', number[]> = { none: [], with: [], decision: [] }
    for (let i = 0; i < rounds; i += 1) {
      took.none.push(await timed(() => executor(request)))
      took.with.push(await timed(() => pruned(request)))
      took.decision.push(await decisionMs(request))
    }
    const cold: number[] = []
    let denials = 0
    for (let i = 0; i < coldRounds; i += 1) {
      const rights = rightsOver(rules)(caller)
      const operation = request.operation as OperationDefinitionNode
      const start = performance.now()
      denials = pruneOperation(schema, document, operation, rights)?.denials.length ?? 0
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
await apollo.stop()

const rows = 1_000
const wide =
  '{ runs { edges { node { id status agent { name } input output version { id } queuedAt startedAt finishedAt } } } }'
const narrowed = requestOf(wide, parse(wide), callers.narrow as Caller)
const prunedWide = pruneOperation(
  schema,
  narrowed.document as DocumentNode,
  narrowed.operation as never,
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
