import { Client, findHouse } from './client.ts'
import { followRun } from './follow-run.ts'
import { until } from './until.ts'
import { whoIsHere } from './who-is-here.ts'

const print = (line = '') => console.log(line)

interface Digest {
  readonly severity: string
  readonly headline: string
  readonly periodHours: number
  readonly eventsRead: number
  readonly failedSignIns: readonly { address: string; count: number }[]
  readonly newMembers: readonly { name: string; at: string }[]
  readonly roleChanges: readonly { member: string; change: string; role: string; by: string | null }[]
}

/** The main job, shown: signs in, runs the seeded agent, then makes an agent of its own and runs that. */
async function demo(): Promise<void> {
  const house = findHouse(process.env)
  const client = new Client(house.graphqlUrl)

  print(`1. Signing in at ${house.graphqlUrl}`)
  const startedAt = new Date().toISOString()
  // A refused sign-in first, which the digest below reports.
  const refused = await client.signIn(house.email, 'not the password').catch((error: Error) => error.message)
  print(`   with a wrong password: ${refused ?? 'accepted?!'}`)
  await client.signIn(house.email, house.password)
  const { viewer } = await client.ask<{
    viewer: { user: { name: string }; organization: { name: string }; roles: string[] }
  }>('{ viewer { user { name } organization { name } roles } }')
  print(`   with the right one: ${viewer.user.name}, ${viewer.roles.join(' and ')} of ${viewer.organization.name}`)

  await until('the refused sign-in', async () => {
    const query =
      'query ($since: DateTimeISO!) { auditEvents(filter: { actions: ["session.refused"], occurredAfter: $since }) { totalCount } }'
    const { auditEvents } = await client.ask<{ auditEvents: { totalCount: number } }>(query, { since: startedAt })
    return auditEvents.totalCount > 0 || undefined
  })

  print()
  print('2. The seeded agent, security-digest, reads the last 24 hours of the audit trail')
  const digest = await runAgent<Digest>(client, await findAgent(client, 'security-digest'))
  print(`   ${digest.severity}: ${digest.headline}`)
  for (const { address, count } of digest.failedSignIns)
    print(`   - ${count} failed sign-in${count === 1 ? '' : 's'} from ${address}`)
  for (const { name, at } of digest.newMembers) print(`   - ${name} joined at ${at}`)
  for (const { member, change, role, by } of digest.roleChanges)
    print(`   - ${member} was ${change} the role ${role} by ${by ?? 'the platform'}`)

  print()
  const name = `who-is-here-${Date.now().toString(36)}`
  print(`3. A new agent, ${name}: created, published, run`)
  const { createAgent } = await client.ask<{ createAgent: { id: string } }>(
    'mutation ($name: String!) { createAgent(input: { name: $name, description: "Counts members and agents." }) { id } }',
    { name },
  )
  const definition = whoIsHere(await findConnection(client))
  await client.ask(
    'mutation ($id: ID!, $definition: JSON!) { publishAgentVersion(input: { agentId: $id, definition: $definition }) { id } }',
    { id: createAgent.id, definition },
  )
  const { sentence } = await runAgent<{ sentence: string }>(client, createAgent.id)
  print(`   ${sentence}`)

  print()
  print('4. What the audit trail says of it')
  const events = await until('the end of the run', async () => {
    const told = await eventsOf(client, createAgent.id)
    return told.some(({ action }) => action === 'run.succeeded') ? told : undefined
  })
  for (const { action, actor } of events.toReversed())
    print(`   - ${action.padEnd(18)} by ${actor?.name ?? actor?.__typename ?? 'somebody unknown'}`)
}

interface Event {
  readonly action: string
  readonly actor: { readonly __typename: string; readonly name?: string } | null
}

/** What happened to an agent, newest first. */
async function eventsOf(client: Client, agentId: string): Promise<Event[]> {
  const { agent } = await client.ask<{ agent: { auditEvents: { edges: { node: Event }[] } } }>(
    'query ($id: ID!) { agent(id: $id) { auditEvents(first: 10) { edges { node { action actor { __typename ... on User { name } ... on Agent { name } } } } } } }',
    { id: agentId },
  )
  return agent.auditEvents.edges.map(({ node }) => node)
}

async function runAgent<T>(client: Client, agentId: string): Promise<T> {
  const { startRun } = await client.ask<{ startRun: { id: string } }>(
    'mutation ($id: ID!) { startRun(input: { agentId: $id }) { id } }',
    { id: agentId },
  )
  print(`   run ${startRun.id}`)
  const run = await followRun(client, startRun.id, print)
  if (run.status !== 'SUCCEEDED')
    throw new Error(
      `The run ended as ${run.status}: ${run.error?.message ?? ''} (${run.error?.code ?? ''}, step ${run.error?.step ?? 'none'})`,
    )
  return run.output as T
}

async function findAgent(client: Client, name: string): Promise<string> {
  const { agents } = await client.ask<{ agents: { edges: { node: { id: string; name: string } }[] } }>(
    '{ agents(first: 100) { edges { node { id name } } } }',
  )
  const found = agents.edges.find(({ node }) => node.name === name)
  if (found === undefined)
    throw new Error(`There is no agent ${name}: stop the house and start it again with \`make up\`, which seeds it.`)
  return found.node.id
}

async function findConnection(client: Client): Promise<string> {
  const { connections } = await client.ask<{
    connections: { edges: { node: { id: string; connector: { key: string } } }[] }
  }>('{ connections(first: 100) { edges { node { id connector { key } } } } }')
  const found = connections.edges.find(({ node }) => node.connector.key === 'forgeops')
  if (found === undefined)
    throw new Error(
      'There is no connection to the platform itself: stop the house and start it again with `make up`, which seeds it.',
    )
  return found.node.id
}

try {
  await demo()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
