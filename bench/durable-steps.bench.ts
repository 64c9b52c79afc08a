import { fork } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { systemCaller } from '#platform/caller/caller'
import { openDatabase } from '#platform/db/database'
import { newId } from '#platform/id'
import { environmentFor } from '../scripts/local/environment.ts'
import { openPostgres } from '../scripts/local/postgres.ts'
import { openRedis } from '../scripts/local/redis.ts'
import { generateSecrets } from '../scripts/local/secrets.ts'
import { migrate } from '../scripts/migrate.ts'
import { seedCtx } from '../scripts/seed/seed-context.ts'
import { createAgent } from '../subgraphs/agents/agent/create-agent.ts'
import { publishAgentVersion } from '../subgraphs/agents/agent/publish-agent-version.ts'
import { AgentsParts } from '../subgraphs/agents/agents.parts.ts'
import { updateRunPolicy } from '../subgraphs/agents/limits/update-run-policy.ts'
import { agentsDatabase } from '../subgraphs/agents/orm.ts'
import { startRun } from '../subgraphs/agents/run/start-run.ts'
import { setup as build, builtModule, builtRoot } from '../tests/kit/build.ts'
import { openPeopleServer } from '../tests/kit/people-server.ts'
import type { Contender } from './engine/contender.ts'
import { openDbos } from './engine/dbos.ts'

/**
 * What does durability cost per step, and per run? Next to a DBOS workflow of as many empty steps from its own PostgreSQL
 * queue: two worker processes each, one after the other on the same database server, with `fsync` and `synchronous_commit`
 * on. Latency is of runs started one at a time, from their start to their committed result; throughput of many at once.
 */
const latencyRuns = Number(process.env.LATENCY_RUNS ?? 60)
const throughputRuns = Number(process.env.THROUGHPUT_RUNS ?? 1_000)
const few = 3
const many = 23
const workers = 2
const startersAtOnce = 16

const home = mkdtempSync(join(tmpdir(), 'forgeops-bench-'))
chmodSync(home, 0o711)
const log = () => undefined
const postgres = await openPostgres({ home, log })
const redis = await openRedis({ home, log })
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const median = (numbers: readonly number[], at = 0.5) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length * at)] ?? Number.NaN

async function openOurs(): Promise<Contender> {
  await build()
  const anyPort = { identity: 0, agents: 0, integrations: 0, audit: 0, gateway: 0, ops: 0, worker: 0 }
  const urls = { databaseUrl: postgres.url, redisUrl: redis.url }
  const environment: Record<string, string> = {
    ...environmentFor({ secrets: generateSecrets(), ports: anyPort, ...urls }),
    LOG_LEVEL: 'warn',
    WORKER_PORT: '0',
  }
  await migrate(environment)
  const people = await openPeopleServer(String(environment.WORKER_REQUEST_KEY))
  environment.IDENTITY_URL = people.url
  const processes = Array.from({ length: workers }, () =>
    fork(builtModule('worker/main.ts'), { cwd: builtRoot, env: { ...process.env, ...environment }, stdio: 'ignore' }),
  )
  const db = await openDatabase(agentsDatabase, { url: environment.AGENTS_DATABASE_URL ?? '', poolMax: startersAtOnce })
  const caller = { ...systemCaller(newId()), kind: 'user', userId: newId() } as const
  // As the subgraph's process keeps them.
  const parts = new AgentsParts()
  const ctx = () => seedCtx(db, caller, parts)
  // The yardstick's queue has no limit either; ours would be exact near its own.
  await updateRunPolicy(ctx(), { concurrency: 1_000 })
  const agents = new Map<number, string>()
  for (const count of [few, many]) {
    const agent = await createAgent(ctx(), { name: `${count} steps`, description: '' })
    const steps = Array.from({ length: count }, (_, index) => ({
      id: `s${index}`,
      kind: 'transform',
      expression: `${index}`,
    }))
    await publishAgentVersion(ctx(), { agentId: agent.id, definition: { grants: [], steps } })
    agents.set(count, agent.id)
  }
  const look = new Client({ connectionString: postgres.url })
  await look.connect()
  await look.query(`set app.organization_id = '${caller.organizationId}'`)
  const spans = async (ids: readonly string[]) => {
    const { rows } = await look.query<{ began: string; ended: string; status: string }>(
      `select extract(epoch from queued_at) * 1000 as began, extract(epoch from finished_at) * 1000 as ended, status
       from agents.run where id = any($1::uuid[]) and finished_at is not null`,
      [ids],
    )
    for (const { status } of rows) if (status !== 'SUCCEEDED') throw new Error(`A run came to ${status}.`)
    return rows.map(({ began, ended }) => [Number(began), Number(ended)] as const)
  }
  return {
    start: async (steps) => (await startRun(ctx(), { agentId: agents.get(steps) ?? '', input: {} })).id,
    span: async (id) => (await spans([id]))[0],
    spans,
    close: async () => {
      for (const each of processes) each.kill('SIGTERM')
      await Promise.all(processes.map((each) => (each.exitCode === null ? once(each, 'exit') : undefined)))
      await look.end()
      await db.orm.close()
      await people.close()
    },
  }
}

async function took(contender: Contender, steps: number): Promise<number> {
  const id = await contender.start(steps)
  for (;;) {
    const span = await contender.span(id)
    if (span !== undefined) return span[1] - span[0]
    await pause(2)
  }
}

async function measure(name: string, contender: Contender) {
  await pause(2_000)
  for (let i = 0; i < 5; i += 1) await took(contender, few)
  const [short, long]: [number[], number[]] = [[], []]
  for (let i = 0; i < latencyRuns; i += 1) {
    short.push(await took(contender, few))
    long.push(await took(contender, many))
  }
  const ids: string[] = []
  await Promise.all(
    Array.from({ length: startersAtOnce }, async () => {
      while (ids.length < throughputRuns) {
        const place = ids.push('') - 1
        ids[place] = await contender.start(few)
      }
    }),
  )
  let ended: readonly (readonly [number, number])[] = []
  const deadline = Date.now() + 120_000
  while (ended.length < ids.length && Date.now() < deadline) {
    await pause(200)
    ended = await contender.spans(ids)
  }
  const seconds = (Math.max(...ended.map(([, end]) => end)) - Math.min(...ended.map(([start]) => start))) / 1_000
  const result = {
    runMs: round(median(short)),
    runP95Ms: round(median(short, 0.95)),
    stepMs: round((median(long) - median(short)) / (many - few)),
    runsPerSecond: Math.round(ended.length / seconds),
  }
  process.stdout.write(
    `${name.padEnd(22)} ${few}-step run ${result.runMs} ms (p95 ${result.runP95Ms}), per empty step ${result.stepMs} ms, ${result.runsPerSecond} runs/s\n`,
  )
  await contender.close()
  return result
}
const round = (n: number) => Math.round(n * 100) / 100

try {
  const ours = await measure('ours', await openOurs())
  const dbos = await measure('DBOS', await openDbos(postgres.url, workers, 1_000))
  const hasty = await measure('DBOS, polling 50 ms', await openDbos(postgres.url, workers, 50))
  const vsDbos = { run: round(ours.runMs / hasty.runMs), step: round(ours.stepMs / hasty.stepMs) }
  process.stdout.write(`${JSON.stringify({ ours, dbos, dbosPolling50Ms: hasty, vsDbosPolling50Ms: vsDbos })}\n`)
  if (vsDbos.run > 1 || vsDbos.step > 1 || ours.runsPerSecond < 150) process.exitCode = 1
} finally {
  await redis.close()
  await postgres.close()
  rmSync(home, { recursive: true, force: true })
}
