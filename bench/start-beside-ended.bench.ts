import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { systemCaller } from '#platform/caller/caller'
import { openDatabase } from '#platform/db/database'
import { newId } from '#platform/id'
import { environmentFor } from '../scripts/local/environment.ts'
import { openPostgres } from '../scripts/local/postgres.ts'
import { generateSecrets } from '../scripts/local/secrets.ts'
import { migrate } from '../scripts/migrate.ts'
import { seedCtx } from '../scripts/seed/seed-context.ts'
import { createAgent } from '../subgraphs/agents/agent/create-agent.ts'
import { publishAgentVersion } from '../subgraphs/agents/agent/publish-agent-version.ts'
import { AgentsParts } from '../subgraphs/agents/agents.parts.ts'
import { agentsDatabase } from '../subgraphs/agents/orm.ts'
import { RunClaims } from '../subgraphs/agents/run/engine/claim-run.ts'
import { startRun } from '../subgraphs/agents/run/start-run.ts'

/** Does starting and taking up a run cost more when a million others of the same agent have ended? */
const ended = Number(process.env.ENDED_RUNS ?? 1_000_000)
const measured = 300
const growthMax = 1.25

const home = mkdtempSync(join(tmpdir(), 'forgeops-bench-'))
chmodSync(home, 0o711)
const postgres = await openPostgres({ home, log: () => undefined })
const anyPort = { identity: 0, agents: 0, integrations: 0, audit: 0, gateway: 0, ops: 0, worker: 0 }
const urls = { databaseUrl: postgres.url, redisUrl: 'redis://127.0.0.1:1' }
const environment: Record<string, string> = {
  ...environmentFor({ secrets: generateSecrets(), ports: anyPort, ...urls }),
  LOG_LEVEL: 'silent',
}
await migrate(environment)
const db = await openDatabase(agentsDatabase, { url: environment.AGENTS_DATABASE_URL ?? '', poolMax: 2 })
const caller = { ...systemCaller(newId()), kind: 'user', userId: newId() } as const
const parts = new AgentsParts()
const ctx = () => seedCtx(db, caller, parts)
const agent = await createAgent(ctx(), { name: 'one step', description: '' })
const definition = { grants: [], steps: [{ id: 's', kind: 'transform', expression: '1' }] }
const version = await publishAgentVersion(ctx(), { agentId: agent.id, definition })
const claims = new RunClaims('the bench', 600_000, {
  evaluate: () => Promise.reject(new Error('There are no keys.')),
  onHeld: () => undefined,
  onTaken: () => undefined,
  onLetGo: () => undefined,
})

/** Median ms of starting a run, and of taking it up, one after the other. */
async function cost(): Promise<{ start: number; claim: number }> {
  const [start, claim]: [number[], number[]] = [[], []]
  for (let n = 0; n < measured; n += 1) {
    const began = performance.now()
    const { id } = await startRun(ctx(), { agentId: agent.id, input: {} })
    const started = performance.now()
    await claims.claim(ctx(), id)
    start.push(started - began)
    claim.push(performance.now() - started)
    await sql(`update agents.run set status = 'SUCCEEDED', finished_at = now() where id = '${id}'`)
  }
  return { start: median(start), claim: median(claim) }
}

const median = (numbers: number[]) => numbers.sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN
const sql = (text: string) =>
  db.orm.em.fork().transactional(async (em) => {
    await em.execute(`select set_config('app.organization_id', '${caller.organizationId}', true)`)
    await em.execute(`set local statement_timeout = 0`)
    return em.execute(text)
  })

async function addEnded(): Promise<void> {
  const perStatement = 50_000
  for (let n = 0; n < ended; n += perStatement)
    await sql(`insert into agents.run (organization_id, id, agent_id, agent_version_id, environment, status, input, output,
        started_by, request_id, traceparent, queued_at, started_at, finished_at, due_at, event_seq)
      select '${caller.organizationId}', (lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000')::uuid, '${agent.id}', '${version.id}', 'PRODUCTION', 'SUCCEEDED', '{}',
        '1', '${caller.userId}', 'r', '', now() - interval '1 day', now(), now(), now(), 3
      from generate_series(${n}, ${n + perStatement - 1}) as n`)
  // As autovacuum does by itself when tables grow: its role is the tables' owner.
  const owner = new Client({ connectionString: postgres.url })
  await owner.connect()
  await owner.query('vacuum analyze agents.run')
  await owner.end()
  // What was written in bulk is still being brought to disk.
  await new Promise((resolve) => setTimeout(resolve, 20_000))
}

const round = (n: number) => Math.round(n * 100) / 100
try {
  await cost()
  const without = await cost()
  await addEnded()
  await cost()
  const beside = await cost()
  const growth = { start: round(beside.start / without.start), claim: round(beside.claim / without.claim) }
  process.stdout.write(`            no others   ${ended} ended   growth\n`)
  for (const each of ['start', 'claim'] as const)
    process.stdout.write(
      `${each} of a run ${round(without[each])} ms      ${round(beside[each])} ms          ${growth[each]} x\n`,
    )
  process.stdout.write(`${JSON.stringify({ without, beside, growth, limit: growthMax })}\n`)
  if (growth.start > growthMax || growth.claim > growthMax) process.exitCode = 1
} finally {
  await db.orm.close()
  await postgres.close()
  rmSync(home, { recursive: true, force: true })
}
