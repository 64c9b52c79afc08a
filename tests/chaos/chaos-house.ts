import { resolve } from 'node:path'
import { Pool } from 'pg'
import { type Caller, systemCaller, systemOrganizationId } from '#platform/caller/caller'
import { openDatabase } from '#platform/db/database'
import { newId } from '#platform/id'
import { seedCtx } from '../../scripts/seed/seed-context.ts'
import { createAgent } from '../../subgraphs/agents/agent/create-agent.ts'
import { publishAgentVersion } from '../../subgraphs/agents/agent/publish-agent-version.ts'
import { redriveDeadLetters } from '../../subgraphs/agents/dead-letter/redrive-dead-letters.ts'
import { agentsDatabase } from '../../subgraphs/agents/orm.ts'
import { startRun } from '../../subgraphs/agents/run/start-run.ts'
import { memberCaller } from '../kit/organizations.ts'
import { openOwnServices } from '../kit/own-services.ts'
import { openOutsideWorld } from './outside-world.ts'
import { twentySteps } from './twenty-steps.ts'

const leaseMs = 3_000

/** More than one, so that no organization's limit of runs at once is what is tested. */
const organizations = 5

/** Databases, an outside world, and organizations with an agent each whose runs have twenty steps. */
export async function openChaosHouse(random: () => number) {
  const services = await openOwnServices()
  const outside = await openOutsideWorld(random)
  const environment: Record<string, string> = {
    ...services.environment,
    RUN_LEASE_MS: String(leaseMs),
    EGRESS_ALLOW: outside.hostAndPort,
    // Hundreds of processes load the same modules.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? resolve('node_modules/.cache/compiled'),
  }
  const agents = await openDatabase(agentsDatabase, { url: environment.AGENTS_DATABASE_URL ?? '', poolMax: 5 })
  const sweep = new Pool({ connectionString: environment.SWEEP_DATABASE_URL, max: 2 })
  sweep.on('error', () => undefined)
  const places = await Promise.all(
    Array.from({ length: organizations }, async () => {
      const caller: Caller = { ...systemCaller(newId()), kind: 'user', userId: newId() }
      const ctx = () => seedCtx(agents, caller, undefined)
      const agent = await createAgent(ctx(), { name: 'twenty-steps', description: '' })
      await publishAgentVersion(ctx(), { agentId: agent.id, definition: twentySteps(outside.url) })
      const start = () => startRun(ctx(), { agentId: agent.id, input: { parcels: [1, 2, 3] } })
      const rows = <T extends object>(sql: string) =>
        agents.orm.em.fork().transactional(async (em) => {
          await em.execute(`select set_config('app.organization_id', ?, true)`, [caller.organizationId])
          return em.execute<T[]>(sql)
        })
      return { start, rows }
    }),
  )
  const operator = memberCaller(systemOrganizationId, ['owner'])
  let started = 0
  const house = {
    services,
    environment,
    outside,
    started: () => started,
    async startRun(): Promise<void> {
      const place = places[started++ % places.length]
      await place?.start()
    },
    /** What the statement finds in each of the organizations, together. */
    rows: async <T extends object>(sql: string): Promise<T[]> =>
      (await Promise.all(places.map((place) => place.rows<T>(sql)))).flat(),
    /** How many runs have not ended, and for how long the one that should be taken has waited longest for a worker. */
    async unfinished(): Promise<{ readonly count: number; readonly overdueMs: number }> {
      const { rows } = await sweep.query<{ count: number; overdueMs: number }>(
        `select count(*)::int as count,
           coalesce(max(extract(epoch from now() - due_at) * 1000) filter (where due_at <= now()), 0)::float8 as "overdueMs"
         from agents.run where status in ('QUEUED', 'RUNNING', 'WAITING')`,
      )
      return rows[0] ?? { count: 0, overdueMs: 0 }
    },
    /** What an operator does about runs whose workers were killed too often in a row. @returns how many go on */
    redrive: async () => (await redriveDeadLetters(seedCtx(agents, operator, undefined), { all: true })).redriven,
    async close() {
      await sweep.end()
      await agents.orm.close()
      await outside.close()
      await services.close()
    },
  }
  return house
}
export type ChaosHouse = Awaited<ReturnType<typeof openChaosHouse>>
