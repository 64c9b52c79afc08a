import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OpenHouse, openHouse } from '../kit/house.ts'
import { asking, finishedRun, newAgent, newConnection, startRun } from '../kit/house-runs.ts'
import { newMember, type Person, seededOwner } from '../kit/people.ts'
import { isData, logStatements, type Statement } from '../kit/statement-log.ts'
import { waitFor } from '../kit/wait-for.ts'

const rowsMax = 25

let house: OpenHouse
let owner: Person
let sentDuring: Awaited<ReturnType<typeof logStatements>>

beforeAll(async () => {
  house = await openHouse()
  owner = await seededOwner(house)
  for (let rows = 0; rows < rowsMax; rows += 5) await Promise.all(Array.from({ length: 5 }, addRow))
  // From here on only what the test asks makes statements.
  await house.asSuperuser((client) =>
    waitFor('the delivery of every event', async () => {
      const outboxes = ['identity', 'agents', 'integrations', 'audit'].map((name) => `select id from ${name}.outbox`)
      return (await client.query(outboxes.join(' union all '))).rowCount === 0
    }),
  )
  sentDuring = await logStatements(house)
})
afterAll(() => house?.close())

/** A person, a connection, an agent and a run of their own for each row: none is answered from what another loaded. */
async function addRow(): Promise<void> {
  const person = await newMember(house, owner, ['operator'])
  const definition = asking(await newConnection(house, owner), '{ me { id } }', [])
  const agentId = await newAgent(house, owner, { definition })
  await finishedRun(house, person, await startRun(house, person, agentId))
}

const fromConnections = `query ($first: Int!) {
  connections(first: $first) { totalCount edges { node {
    name status createdBy { name }
    usedBy { name publishedVersion { number }
      auditEvents(first: 2) { totalCount edges { node {
        action targets { type name }
        onBehalfOf { name email roles }
        actor { __typename
          ... on User { name roles runs(first: 1) { edges { node { status startedBy { name } } } } }
          ... on Agent { name description }
        }
      } } }
    }
  } } }
}`

const fromRuns = `query ($first: Int!) {
  runs(first: $first) { totalCount edges { node {
    status steps { path status } version { number }
    startedBy { name email roles runs(first: 1) { totalCount edges { node { id } } } }
    agent { name auditEvents(first: 2) { edges { node { action actor { ... on User { name } ... on Agent { name } } } } } }
  } } }
}`

/** `process: tables`, of a statement's every FROM. */
function nameOf({ application, sql }: Statement): string {
  const tables = [...sql.matchAll(/\bfrom "?(\w+)"?\."?(\w+)"?/gi)].map((match) => `${match[1]}.${match[2]}`)
  return `${application.replace('forgeops-', '')}: ${tables.join(' ')}`
}

/** What identity reads and answers all the time, whoever asks what: revocations, its keys, letters that wait. */
const ofIdentityItself = /\bidentity"?\."?(revocation|signing_key|mail)\b/

async function hopsOf(query: string, first: number) {
  let data: Record<string, { readonly edges: readonly unknown[] }> = {}
  const statements = await sentDuring(async () => {
    data = await house.data(query, { token: owner.token, variables: { first } })
  })
  const asked = statements.filter((statement) => isData(statement) && !ofIdentityItself.test(statement.sql))
  return { data, hops: asked.map(nameOf).sort() }
}

test.each([
  {
    root: 'connections',
    query: fromConnections,
    hops: [
      // The actors that are agents; those of `usedBy` are joined to `agent_connection`.
      'agents: agents.agent',
      'agents: agents.agent_connection',
      'agents: agents.agent_version',
      'agents: agents.run',
      'audit: audit.event_target',
      'audit: audit.event_target',
      // The roles of `onBehalfOf` and of `actor`, then `createdBy`, `onBehalfOf`, `actor` and `startedBy`.
      'identity: identity.membership',
      'identity: identity.membership',
      'identity: identity.user identity.membership',
      'identity: identity.user identity.membership',
      'identity: identity.user identity.membership',
      'identity: identity.user identity.membership',
      'integrations: integrations.connection',
      'integrations: integrations.connection_secret',
    ],
  },
  {
    root: 'runs',
    query: fromRuns,
    hops: [
      // The runs' agents, and the actors that are agents.
      'agents: agents.agent',
      'agents: agents.agent',
      'agents: agents.agent_version',
      'agents: agents.run',
      'agents: agents.run',
      'agents: agents.step',
      'audit: audit.event_target',
      'identity: identity.membership',
      'identity: identity.user identity.membership',
      'identity: identity.user identity.membership',
    ],
  },
])('one operation from $root through the subgraphs costs one statement per hop, whatever its rows', async (given) => {
  for (const rows of [1, 5, rowsMax]) {
    const { data, hops } = await hopsOf(given.query, rows)
    expect(data[given.root]?.edges).toHaveLength(rows)
    expect(hops, `with ${rows} rows`).toEqual(given.hops)
  }
})
