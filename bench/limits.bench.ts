import { readFileSync } from 'node:fs'
import { getIntrospectionQuery, parse } from 'graphql'
import { defaultLimits, holdLimits } from '../gateway/operations/limits/operation-limits.ts'
import { scanDocument } from '../gateway/operations/limits/scan-document.ts'
import { costsOver, operationIn } from '../tests/kit/costs.ts'

/**
 * What do limits and cost add to an operation, next to parsing it? Run it by `npx tsx bench/limits.bench.ts`. A document is
 * scanned and costed once; later only its figures are compared, and what depends on variables is worked out again. Fails when scanning takes longer than half as long again as parsing, or an
 * estimate longer than 10 µs.
 */
const shareMax = 1.5
const estimateMicrosMax = 10
const rounds = 2_000
const batch = 10

const operations: Readonly<Record<string, string>> = {
  small: '{ viewer { user { id name } roles } }',
  page: `query Runs($first: Int!, $after: String) {
    runs(first: $first, after: $after) {
      edges { cursor node { id status queuedAt startedAt finishedAt agent { id name } startedBy { id name } error { code message } } }
      pageInfo { hasNextPage endCursor }
      totalCount
    }
  }`,
  introspection: getIntrospectionQuery(),
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** Microseconds that one call takes, the median of many batches. */
function micros(work: () => unknown): number {
  const took: number[] = []
  for (let i = 0; i < rounds; i += 1) {
    const start = performance.now()
    for (let j = 0; j < batch; j += 1) work()
    took.push(((performance.now() - start) * 1_000) / batch)
  }
  return median(took.slice(rounds / 4))
}

const print = (value: number) => `${value.toFixed(2)} µs`.padStart(10)

const costs = costsOver(readFileSync('gateway/supergraph.graphql', 'utf8'))
const row = { node: { id: 'a', agent: { id: 'b' }, startedBy: { id: 'c' }, error: null } }
const data = { viewer: { user: { id: 'd' } }, runs: { edges: Array.from({ length: 100 }, () => row), pageInfo: {} } }

for (const [name, text] of Object.entries(operations)) {
  const measures = scanDocument(text, defaultLimits)
  const parsing = micros(() => parse(text))
  const scanning = micros(() => scanDocument(text, defaultLimits))
  const holding = micros(() => holdLimits(measures, defaultLimits))
  process.stdout.write(
    `${name.padEnd(14)} ${String(measures.tokens).padStart(4)} tokens · parse ${print(parsing)} · scan ${print(scanning)} (× ${(scanning / parsing).toFixed(2)}) · known ${print(holding)}\n`,
  )
  const operation = operationIn(text, { first: 100 })
  const costing = micros(() => costs.estimate({ ...operation, definition: { ...operation.definition } }))
  const estimating = micros(() => costs.estimate(operation))
  const counting = micros(() => costs.actual(operation, { data }))
  process.stdout.write(
    `${' '.repeat(14)} ${String(costs.estimate(operation).cost).padStart(4)} points · first ${print(costing)} · estimate ${print(estimating)} · of a page of 100, actual ${print(counting)}\n`,
  )
  if (estimating > estimateMicrosMax) process.exitCode = 1
  if (scanning > parsing * shareMax) process.exitCode = 1
}
