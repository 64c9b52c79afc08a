import { Client as Database } from 'pg'
import { createClient } from 'redis'
import { schemas } from '#platform/db/schemas'
import { Client } from '../demo/client.ts'
import { followRun } from '../demo/follow-run.ts'
import type { House } from '../up/house.ts'

/** What a running house showed when it was asked. */
export interface Activation {
  readonly startedInMs: number
  readonly processes: readonly string[]
  readonly postgres: string
  readonly redis: string
  readonly roles: readonly string[]
  readonly migrations: readonly { readonly schema: string; readonly name: string }[]
  readonly connectors: readonly { readonly key: string; readonly actions: readonly string[] }[]
  readonly agents: readonly {
    readonly name: string
    readonly run: string
    readonly steps: number
    readonly ms: number
  }[]
  /** The subgraphs that answered one operation, with what each said. */
  readonly crossing: readonly { readonly subgraph: string; readonly answered: string }[]
}

const crossingOperation = `{
  viewer { organization { name } }
  connectors { key actions { key } }
  connections(last: 1) { edges { node { name usedBy { name } } } }
  agents(first: 100) { edges { node { id name auditEvents(last: 1) { edges { node { action actor { ... on User { name } } } } } } } }
}`

interface Crossing {
  readonly viewer: { readonly organization: { readonly name: string } }
  readonly connectors: readonly { readonly key: string; readonly actions: readonly { readonly key: string }[] }[]
  readonly connections: Edges<{ readonly name: string }>
  readonly agents: Edges<{
    readonly id: string
    readonly name: string
    readonly auditEvents: Edges<{ readonly action: string; readonly actor: { readonly name: string } | null }>
  }>
}
interface Edges<N> {
  readonly edges: readonly { readonly node: N }[]
}

/**
 * Asks a running house for all of it: through the API as a client would, and its database as the owner.
 *
 * @param startedInMs how long it took until every process was ready
 */
export async function observe(house: Omit<House, 'stop'>, startedInMs: number): Promise<Activation> {
  const client = new Client(house.dev.graphqlUrl)
  await client.signIn(house.dev.email, house.dev.password)
  const crossing = await client.ask<Crossing>(crossingOperation)
  const runs = []
  for (const { node } of crossing.agents.edges) runs.push(await runOnce(client, node.id, node.name))
  const [agent, connection] = [crossing.agents.edges[0]?.node, crossing.connections.edges[0]?.node]
  const event = agent?.auditEvents.edges[0]?.node
  return {
    startedInMs,
    processes: Object.keys(house.pids),
    ...(await databaseFacts(house.env.DATABASE_URL ?? '')),
    redis: await redisVersion(house.env.REDIS_URL ?? ''),
    connectors: crossing.connectors.map(({ key, actions }) => ({ key, actions: actions.map((action) => action.key) })),
    agents: runs,
    crossing: [
      { subgraph: 'identity', answered: `the organization ${crossing.viewer.organization.name}` },
      { subgraph: 'agents', answered: `the agent ${agent?.name}` },
      { subgraph: 'integrations', answered: `the connection "${connection?.name}"` },
      { subgraph: 'audit', answered: `${event?.action} by ${event?.actor?.name}` },
    ],
  }
}

async function runOnce(client: Client, id: string, name: string) {
  const { startRun } = await client.ask<{ startRun: { id: string } }>(
    'mutation ($id: ID!) { startRun(input: { agentId: $id }) { id } }',
    { id },
  )
  const run = await followRun(client, startRun.id, () => undefined)
  const ms = Date.parse(run.finishedAt ?? '') - Date.parse(run.startedAt ?? '')
  return { name, run: run.status, steps: run.steps.length, ms }
}

async function databaseFacts(url: string) {
  const database = new Database({ connectionString: url })
  await database.connect()
  try {
    const version = await database.query<{ server_version: string }>('show server_version')
    const roles = await database.query<{ rolname: string }>(
      String.raw`select rolname from pg_roles where rolname like 'forgeops\_%' order by rolname`,
    )
    const migrations = []
    for (const schema of schemas) {
      const ran = await database.query<{ name: string }>(`select name from ${schema}.migrations order by id`)
      migrations.push(...ran.rows.map(({ name }) => ({ schema, name })))
    }
    return {
      postgres: version.rows[0]?.server_version ?? '',
      roles: roles.rows.map(({ rolname }) => rolname),
      migrations,
    }
  } finally {
    await database.end()
  }
}

async function redisVersion(url: string): Promise<string> {
  const redis = createClient({ url })
  redis.on('error', () => undefined)
  await redis.connect()
  try {
    return /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? ''
  } finally {
    redis.destroy()
  }
}
