import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { documentIds } from '../../scripts/print-documents.ts'
import { ask } from '../kit/edge.ts'
import type { VisitedHouse } from '../kit/house.ts'
import { newAddress, newOwner, type Person } from '../kit/people.ts'
import { sharedHouse } from '../kit/shared-house.ts'
import { waitFor } from '../kit/wait-for.ts'

const page = 'http://localhost:5173'

let house: VisitedHouse
let web: Frontend
let owner: Person
beforeAll(async () => {
  house = await sharedHouse()
  owner = await newOwner(house, 'Acme')
  web = await frontend('console', { origin: page, ...newAddress() })
})

type Frontend = Awaited<ReturnType<typeof frontend>>

/** A frontend as its build makes it: it knows the ids of its operations, and no text. */
async function frontend(name: string, headers: Record<string, string>) {
  const ids = await documentIds(name)
  const send = async (operation: string, variables: object, more: Record<string, string> = {}) =>
    ask(house.house.dev.graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers, ...more },
      body: JSON.stringify({ documentId: ids[operation], variables }),
    })
  return {
    names: Object.keys(ids),
    send,
    run: async <T>(operation: string, variables: object = {}, more: Record<string, string> = {}): Promise<T> => {
      const { body, text } = await send(operation, variables, more)
      if (body.errors !== undefined) throw new Error(`${operation} was answered with ${text}`)
      return body.data as T
    },
  }
}

type Connection = { readonly edges: readonly { readonly node: { readonly id: string } }[] }
const firstId = ({ edges }: Connection): string => edges[0]?.node.id ?? ''

test('people do their work with what the console has registered, and every query of it is answered', async () => {
  const { email, password } = owner
  const { login } = await web.run<{ login: { accessToken: string } }>('SignIn', { input: { email, password } })
  const signedIn = { authorization: `Bearer ${login.accessToken}` }
  const run = <T>(operation: string, variables: object = {}) => web.run<T>(operation, variables, signedIn)

  const { createAgent } = await run<{ createAgent: { id: string } }>('CreateAgent', {
    input: { name: 'By the console' },
  })
  const definition = { grants: [], steps: [{ id: 'hello', kind: 'transform', expression: '"Hello"' }] }
  await run('PublishAgentVersion', { input: { agentId: createAgent.id, definition } })
  const { startRun } = await run<{ startRun: { id: string } }>('StartRun', { input: { agentId: createAgent.id } })
  await waitFor('the end of the run', async () => {
    const shown = await run<{ run: { status: string; output: unknown } }>('Run', { id: startRun.id })
    return shown.run.status === 'SUCCEEDED' && shown.run.output === 'Hello'
  })

  const { viewer } = await run<{ viewer: { user: { id: string } } }>('Viewer')
  const trail = await run<{ auditEvents: Connection }>('AuditTrail', { first: 5 })
  const subjects: Record<string, object> = {
    Agent: { id: createAgent.id },
    Run: { id: startRun.id },
    User: { id: viewer.user.id },
    AuditEvent: { id: firstId(trail.auditEvents) },
  }
  const queries = web.names.filter((name) => {
    const file = name.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase()
    return readFileSync(`clients/console/operations/${file}.graphql`, 'utf8').startsWith('query')
  })
  expect(queries.length).toBeGreaterThan(14)
  for (const query of queries) await run(query, subjects[query])
})

test('a tool with an API key is the command line, and says so in the log', async () => {
  const { email, password } = owner
  const { login } = await web.run<{ login: { accessToken: string } }>('SignIn', { input: { email, password } })
  const input = { name: 'cli', scopes: ['agent:read'] }
  const { createApiKey } = await web.run<{ createApiKey: { key: string } }>(
    'CreateApiKey',
    { input },
    { authorization: `Bearer ${login.accessToken}` },
  )
  const cli = await frontend('cli', { 'x-api-key': createApiKey.key, 'x-client-id': 'cli' })
  const { viewer } = await cli.run<{ viewer: { scopes: string[] } }>('WhoAmI')
  expect(viewer.scopes).toEqual(['agent:read'])
  const { agents } = await cli.run<{ agents: Connection }>('ListAgents')
  expect(agents.edges.length).toBeGreaterThan(0)
  expect((await web.send('Viewer', {}, { 'x-api-key': createApiKey.key, 'x-client-id': 'playground' })).status).toBe(
    403,
  )
  await waitFor('the line of the log', async () =>
    house.lines.some(({ fields }) => fields.operationName === 'ListAgents' && fields.client === 'cli'),
  )
})
