import { Agent, type Dispatcher } from 'undici'
import { documentIds } from '../scripts/print-documents.ts'
import { openHouse } from '../tests/kit/house.ts'

/**
 * Does the whole house keep up with a thousand people at once? Each has a connection of their own and asks one of the
 * console's registered queries every few seconds, as people do; sign-ins are not among them. They come over 15 s, which are
 * not counted: the processes have just started. Fails on any answer that is not one (what is limited by intention aside),
 * and when the 95th percentile is above 200 ms. `SECONDS` shortens it.
 */
const connections = 1_000
const seconds = Number(process.env.SECONDS ?? 60)
/** Between one answer and the next question of one person, on average. */
const thinkMs = 5_000
const p95MsMax = 200
const arrivalMs = 15_000

const anything = '1000000'
const open = await openHouse({
  env: {
    LOG_LEVEL: 'warn',
    RATE_LIMIT_PER_ADDRESS: anything,
    RATE_LIMIT_PER_USER: anything,
    RATE_LIMIT_PER_ORGANIZATION: anything,
  },
})
const { graphqlUrl, email, password } = open.house.dev
const { origin, pathname } = new URL(graphqlUrl)
const ids = await documentIds('console')
const page = { origin: 'http://localhost:5173', 'content-type': 'application/json' }

const { login } = await open.data<{ login: { accessToken: string } }>(
  'mutation ($input: LoginInput!) { login(input: $input) { ... on SessionTokens { accessToken } } }',
  { variables: { input: { email, password } } },
)
const signedIn = { ...page, authorization: `Bearer ${login.accessToken}` }
const { agents, users } = await open.data<Record<string, { edges: { node: { id: string } }[] }>>(
  '{ agents { edges { node { id } } } users { edges { node { id } } } }',
  { token: login.accessToken },
)
const agentId = agents?.edges[0]?.node.id
const userId = users?.edges[0]?.node.id
for (let i = 0; i < 20; i += 1)
  await open.data('mutation ($input: StartRunInput!) { startRun(input: $input) { id } }', {
    token: login.accessToken,
    variables: { input: { agentId, input: {} } },
  })

/** The console's queries that need no more than what is there, with what they need. */
const questions: readonly { readonly name: string; readonly variables: object }[] = [
  { name: 'Viewer', variables: {} },
  { name: 'Dashboard', variables: {} },
  { name: 'Agents', variables: { first: 20 } },
  { name: 'Agent', variables: { id: agentId } },
  { name: 'Runs', variables: { first: 20 } },
  { name: 'Users', variables: { first: 20 } },
  { name: 'User', variables: { id: userId } },
  { name: 'Roles', variables: {} },
  { name: 'Sessions', variables: { first: 20 } },
  { name: 'Connections', variables: { first: 20 } },
  { name: 'Connectors', variables: {} },
  { name: 'AuditTrail', variables: { first: 20 } },
]
for (const { name } of questions) {
  if (ids[name] === undefined) throw new Error(`The console has no registered query ${name}.`)
}

const tookMs: number[] = []
const outcomes = new Map<string, number>()
const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
const from = performance.now() + arrivalMs
const end = from + seconds * 1_000
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function ask(dispatcher: Dispatcher, i: number): Promise<void> {
  const { name, variables } = questions[i % questions.length] ?? { name: '', variables: {} }
  const start = performance.now()
  const { statusCode, body } = await dispatcher.request({
    origin,
    method: 'POST',
    path: pathname,
    headers: signedIn,
    body: JSON.stringify({ documentId: ids[name], variables }),
  })
  const text = await body.text()
  if (start >= from) tookMs.push(performance.now() - start)
  if (statusCode === 200 && !text.includes('"errors"')) count('answered')
  else if (statusCode === 429) count('limited by intention')
  else count(`${name}: ${statusCode} ${text.slice(0, 200)}`)
}

async function person(i: number): Promise<void> {
  const dispatcher = new Agent({ connections: 1 })
  await pause(Math.random() * arrivalMs)
  for (let n = i; performance.now() < end; n += 1) {
    await ask(dispatcher, n).catch((error: Error) => count(`no answer: ${error.message}`))
    await pause(Math.random() * 2 * thinkMs)
  }
  await dispatcher.close()
}

await Promise.all(Array.from({ length: connections }, (_, i) => person(i)))
await open.close()

const sorted = tookMs.toSorted((a, b) => a - b)
const percentile = (p: number) => Number((sorted[Math.floor(sorted.length * p)] ?? Number.NaN).toFixed(1))
const faults = [...outcomes].filter(([outcome]) => outcome !== 'answered' && outcome !== 'limited by intention')
const figures = {
  connections,
  seconds,
  answersPerSecond: Math.round(sorted.length / seconds),
  p50Ms: percentile(0.5),
  p95Ms: percentile(0.95),
  p99Ms: percentile(0.99),
  errors: faults.reduce((sum, [, n]) => sum + n, 0),
}
for (const [outcome, n] of outcomes) process.stdout.write(`  ${String(n).padStart(6)}  ${outcome}\n`)
process.stdout.write(`${JSON.stringify(figures)}\n`)
if (figures.errors > 0 || !(figures.p95Ms < p95MsMax)) process.exitCode = 1
