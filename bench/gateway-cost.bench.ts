import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { openRedis } from '../scripts/local/redis.ts'
import { setup as build } from '../tests/kit/build.ts'
import { composed } from '../tests/kit/toy-supergraph.ts'
import type { Load } from './gateway/load.process.ts'
import { PinnedProcess } from './gateway/pinned-process.ts'
import { type OperationName, operations, shop } from './gateway/shop.ts'
import type { ShopAddresses } from './gateway/subgraphs.process.ts'

/**
 * What does an operation cost in our gateway, next to the stock one? Both over the same subgraphs, in fresh processes each
 * round, the gateway on one core and everything else on another; processor time per request. Ours has on what it has on in
 * production: limits, cost, rates counted in Redis, metrics, a line in the log for each request, and a tenth of the traces
 * sent to a collector. What answers without asking (caches, shared reads) is off, and reported by itself. `ROUNDS` and
 * `SCALE` shorten it.
 */
const rounds = Number(process.env.ROUNDS ?? 3)
const scale = Number(process.env.SCALE ?? 1)
const requests: Readonly<Record<OperationName, number>> = { small: 6_000, twoHop: 3_000, big: 300 }
const targets: Readonly<Record<OperationName, number>> = { small: 0.35, twoHop: 0.5, big: 0.7 }
const names = Object.keys(operations) as OperationName[]
const [gatewayCore, otherCore] = availableParallelism() > 1 ? [0, 1] : [-1, -1]

interface Contender {
  readonly name: string
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

const folder = mkdtempSync(join(tmpdir(), 'bench-'))
chmodSync(folder, 0o755)
const redis = await openRedis({ home: folder, log: () => undefined })
await build()
const subgraphs = new PinnedProcess('./subgraphs.process.ts', [], otherCore)
const { collectorUrl, urls } = await subgraphs.said<ShopAddresses>()
const path = join(folder, 'supergraph.graphql')
writeFileSync(path, composed(shop.map(({ name, typeDefs }) => ({ name, typeDefs, url: urls[name] ?? '' }))))

const everything = {
  SUPERGRAPH_PATH: path,
  AUTH: 'off',
  ENVIRONMENT: 'development',
  PLAYGROUND: 'off',
  PORT: '0',
  OPS_PORT: '0',
  LOG_LEVEL: 'info',
  REDIS_URL: redis.url,
  // Counted as in production, and never reached.
  RATE_LIMIT_PER_ADDRESS: '1000000',
  OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl,
}
const contenders: readonly Contender[] = [
  {
    name: 'stock',
    file: './stock.process.ts',
    args: [path],
    env: { APOLLO_TELEMETRY_DISABLED: 'true', NODE_ENV: 'production' },
  },
  { name: 'ours', file: './ours.process.ts', args: [], env: { ...everything, CACHE: 'off', DEDUPLICATE: 'off' } },
  { name: 'sharing', file: './ours.process.ts', args: [], env: { ...everything, CACHE: 'on', DEDUPLICATE: 'on' } },
]

const load = new PinnedProcess('./load.process.ts', [], otherCore)
const costs = new Map<string, number[]>()
const answers = new Map<OperationName, unknown>()
let differ = false
const ask = (url: string, name: OperationName, count: number) =>
  load.ask<{ tookMs: number; answer: string }>({
    url,
    query: operations[name],
    requests: Math.max(1, Math.round(count * scale)),
    concurrency: 16,
  } satisfies Load)

for (let round = 0; round < rounds; round += 1) {
  for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
    const gateway = new PinnedProcess(contender.file, contender.args, gatewayCore, { ...process.env, ...contender.env })
    const url = await gateway.said<string>()
    for (const name of names) {
      await ask(url, name, requests[name] / 3)
      const before = gateway.cpuMs
      const { answer } = await ask(url, name, requests[name])
      const key = `${contender.name} ${name}`
      costs.set(key, [...(costs.get(key) ?? []), (gateway.cpuMs - before) / Math.round(requests[name] * scale)])
      const parsed: unknown = JSON.parse(answer)
      if (!answers.has(name)) answers.set(name, parsed)
      if (!isDeepStrictEqual(answers.get(name), parsed)) {
        differ = true
        process.stderr.write(`The answers to ${name} differ.\n`)
      }
    }
    await gateway.end()
  }
}
await Promise.all([subgraphs.end(), load.end(), redis.close()])
rmSync(folder, { recursive: true })

const median = (key: string) => (costs.get(key) ?? []).toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN
const ratios: Record<string, number> = {}
process.stdout.write('processor time per request (median of rounds), gateway process only\n')
const sharing: Record<string, number> = {}
for (const name of names) {
  const [stock, ours, shared] = [median(`stock ${name}`), median(`ours ${name}`), median(`sharing ${name}`)]
  ratios[name] = Number((ours / stock).toFixed(3))
  sharing[name] = Number((shared / stock).toFixed(3))
  const bytes = JSON.stringify(answers.get(name)).length
  process.stdout.write(
    `  ${name.padEnd(7)} ${String(bytes).padStart(6)} bytes  stock ${stock.toFixed(3)} ms  ours ${ours.toFixed(3)} ms  × ${ratios[name]} ` +
      `(target ${targets[name]})  with shared reads and caches ${shared.toFixed(3)} ms  × ${sharing[name]}\n`,
  )
}
process.stdout.write(`${JSON.stringify({ vsApollo: ratios })}\n`)
if (differ || names.some((name) => (ratios[name] ?? 1) > targets[name])) process.exitCode = 1
