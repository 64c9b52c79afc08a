import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from 'redis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OpenHouse, openHouse } from '../kit/house.ts'
import { asking, finishedRun, newAgent, newConnection, startRun } from '../kit/house-runs.ts'
import { metricFaults, metricsIn } from '../kit/metric-faults.ts'
import { namedMetrics } from '../kit/ops-files.ts'
import { newMember, type Person, seededOwner } from '../kit/people.ts'
import { promtool } from '../kit/promtool.ts'
import { temporaryFolder } from '../kit/temporary-folder.ts'
import { openTraceCollector, type ReceivedSpan, type TraceCollector } from '../kit/trace-collector.ts'
import { waitFor } from '../kit/wait-for.ts'

let collector: TraceCollector
let house: OpenHouse
let owner: Person
let connection: string
beforeAll(async () => {
  collector = await openTraceCollector()
  house = await openHouse({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint } })
  owner = await seededOwner(house)
  connection = await newConnection(house, owner)
})
afterAll(async () => {
  await house?.close()
  await collector?.close()
})

const makeDemo = (home: string) =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const env = { ...process.env, FORGEOPS_HOME: home }
    execFile('make', ['--no-print-directory', 'demo'], { env }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    )
  })

test('make demo signs in, runs the seeded agent and one of its own, and tells what happened', async () => {
  const { code, out, err } = await makeDemo(house.home)
  expect([code, err]).toEqual([0, ''])
  expect(out).toContain('with a wrong password: The e-mail address or the password is wrong. (SIGN_IN_REFUSED)')
  expect(out).toContain('with the right one: Example Owner, owner of Example')
  for (const step of ['events', 'digest', 'severity', 'severity/notice', 'census', 'sentence'])
    expect(out).toMatch(new RegExp(`✓ ${step} `))
  expect(out).not.toContain('✗')
  expect(out).toMatch(/NOTICE: [1-9]\d* failed sign-ins/)
  expect(out).toMatch(/- [1-9]\d* failed sign-ins? from 127\.0\.0\.1/)
  expect(out).toMatch(/1 member\(s\), among them Example Owner, and [23] agents\./)
  for (const action of ['agent.created', 'agent.published', 'run.started'])
    expect(out).toMatch(new RegExp(`- ${action} +by Example Owner`))
  expect(out).toMatch(/- run\.succeeded +by who-is-here/)
})

test('what is sent twice under one Idempotency-Key is done once, from the edge to the trail', async () => {
  const headers = { 'idempotency-key': '"from-the-edge-1"' }
  const create = (name: string, secret = false) =>
    house.ask(
      secret
        ? `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { id key } }`
        : `mutation ($input: CreateAgentInput!) { createAgent(input: $input) { id name auditEvents { totalCount } } }`,
      {
        token: owner.token,
        headers,
        variables: { input: secret ? { name, scopes: ['agent:read'] } : { name, description: '' } },
      },
    )
  const first = await create('Only once')
  expect(first.body.errors).toBeUndefined()
  const id = (first.body.data?.createAgent as { id: string } | undefined)?.id
  const recorded = async () => {
    const { agent } = await house.data<{ agent: { auditEvents: { totalCount: number } } }>(
      'query ($id: ID!) { agent(id: $id) { auditEvents { totalCount } } }',
      { token: owner.token, variables: { id } },
    )
    return agent.auditEvents.totalCount
  }
  await waitFor('the record', async () => (await recorded()) === 1)
  // The answer is the stored one; what other subgraphs add to it is read anew.
  expect((await create('Only once')).body.data?.createAgent).toEqual({
    id,
    name: 'Only once',
    auditEvents: { totalCount: 1 },
  })
  expect((await create('Another')).body.errors?.[0]?.extensions.code).toBe('IDEMPOTENCY_KEY_REUSED')

  expect((await create('Key', true)).body.errors).toBeUndefined()
  expect((await create('Key', true)).body.errors?.[0]?.extensions.code).toBe('IDEMPOTENT_ANSWER_NOT_KEPT')
  expect(await recorded()).toBe(1)
})

test('make demo without a running house says in one sentence what to do', async () => {
  const { code, out, err } = await makeDemo(temporaryFolder())
  expect([code, out]).toEqual([2, ''])
  const [words, make] = err.split('\n')
  expect(words).toMatch(/^Nothing is running here \(no .*dev\.json\): start it with `make up` in another terminal\.$/)
  expect(make).toMatch(/demo\] Error 1$/)
})

test('the trace of a client is found in every process and in the audit trail, to the end of the run', async () => {
  const trace = '0af7651916cd43dd8448eb211c80319c'
  const agentId = await newAgent(house, owner, { definition: asking(connection, '{ me { id } }', []) })
  const runId = await startRun(house, owner, agentId, { traceparent: `00-${trace}-b7ad6b7169203331-01` })
  expect(await finishedRun(house, owner, runId)).toMatchObject({
    status: 'SUCCEEDED',
    output: { me: { id: owner.id } },
  })

  const isOfTrace = (process: string, msg: string) =>
    house.lines.some((line) => line.process === process && line.fields.msg === msg && line.fields.traceId === trace)
  await waitFor('the line of the job', () => isOfTrace('worker', 'job'))
  // Of identity: the token of the run.
  for (const process of ['gateway', 'agents', 'identity'])
    await waitFor(`a line of ${process}`, () => isOfTrace(process, 'request'))

  const query = `query ($id: ID!) { auditEvents(filter: { targetId: $id }) {
    edges { node { action context { traceId } actor { ... on User { name } ... on Agent { id } } onBehalfOf { id } } }
  } }`
  const told = await waitFor('both events', async () => {
    const asked = { token: owner.token, variables: { id: runId } }
    const { auditEvents } = await house.data<{ auditEvents: { edges: { node: object }[] } }>(query, asked)
    return auditEvents.edges.length === 2 && auditEvents.edges.map(({ node }) => node)
  })
  const context = { traceId: trace }
  expect(told).toEqual([
    { action: 'run.succeeded', context, actor: { id: agentId }, onBehalfOf: { id: owner.id } },
    { action: 'run.started', context, actor: { name: 'Example Owner' }, onBehalfOf: null },
  ])
})

/** Of the tenth that is kept, by its last digits; the trace above is not. */
const keptTrace = `${'a'.repeat(19)}f${'1'.repeat(12)}`

test('one trace goes from the client through gateway, subgraph, statements, outbox and queue to the step of a run and back', async () => {
  const definition = asking(connection, '{ me { canaryAlias: id } }', [])
  const agentId = await newAgent(house, owner, { definition })
  const headers = { traceparent: `00-${keptTrace}-${'b'.repeat(16)}-00` }
  await finishedRun(house, owner, await startRun(house, owner, agentId, headers))
  const spans = () => collector.spans.filter(({ traceId }) => traceId === keptTrace)
  const nameOf = ({ service, name }: ReceivedSpan) => `${service}: ${name}`
  const ways = [
    [
      'gateway: POST /api/graphql',
      'gateway: fetch agents',
      'agents: POST /graphql',
      'agents: run.started',
      'agents: WITH agents.run',
    ],
    [
      'agents: run.started',
      'agents: send agents.outbox',
      'worker: process run.queued@1',
      'worker: send advance-run',
      'worker: process advance-run',
      'worker: run',
      'worker: step tool',
    ],
    [
      'worker: step tool',
      'gateway: POST /api/graphql',
      'gateway: fetch identity',
      'identity: POST /graphql',
      'identity: read',
    ],
    ['worker: run', 'identity: POST /run-tokens'],
    [
      'agents: send agents.outbox',
      'worker: process audit.recorded@1',
      'worker: audit-event.appended',
      'worker: WITH audit.event',
    ],
  ] as const
  const follows = (child: ReceivedSpan, way: readonly string[]): boolean => {
    const parent = spans().find(({ spanId }) => spanId === child.parentSpanId)
    const wanted = way.at(-1)
    if (wanted === undefined) return true
    return parent !== undefined && nameOf(parent) === wanted && follows(parent, way.slice(0, -1))
  }
  for (const way of ways)
    await waitFor(way.join(' > '), () =>
      spans().some((span) => nameOf(span) === way.at(-1) && follows(span, way.slice(0, -1))),
    )
  expect(spans().find(({ kind, parentSpanId }) => kind === 2 && parentSpanId === 'b'.repeat(16))).toMatchObject({
    service: 'gateway',
  })
})

test('of a trace that is not of the tenth nothing is sent, unless something went wrong in it', async () => {
  const traceOf = (digit: string) => `${'c'.repeat(19)}0${digit.repeat(12)}`
  const ask = (traceId: string, query: string) =>
    house.ask(query, { token: owner.token, headers: { traceparent: `00-${traceId}-${'d'.repeat(16)}-01` } })
  await ask(traceOf('1'), '{ me { id } }')
  await ask(traceOf('2'), '{ run(id: "no such run") { id } }')
  const sentOf = (traceId: string) => collector.spans.filter((span) => span.traceId === traceId)
  await waitFor('the spans of what went wrong', () => {
    const services = sentOf(traceOf('2')).map(({ service }) => service)
    return services.includes('gateway') && services.includes('agents')
  })
  expect(sentOf(traceOf('2')).map(({ attributes }) => attributes['error.type'])).toContain('NOT_FOUND')
  expect(sentOf(traceOf('1'))).toEqual([])
})

test('no span of any process holds a token, a name, a document or a value', () => {
  const sent = collector.bodies.join('\n')
  expect(sent.length).toBeGreaterThan(10_000)
  const [, claims = ''] = owner.token.split('.')
  for (const canary of [
    owner.token.slice(0, 40),
    claims.slice(0, 40),
    owner.id,
    owner.email,
    'canaryAlias',
    'no such run',
    connection,
  ])
    expect(sent.includes(canary), canary.slice(0, 12)).toBe(false)
})

const processes = ['gateway', 'identity', 'agents', 'integrations', 'audit', 'worker']

test('what each process tells of itself is told by the rules, and all that operators are told to look at is there', async () => {
  const told = new Set<string>()
  for (const name of processes) {
    const url =
      name === 'gateway'
        ? house.house.dev.metricsUrl
        : `http://127.0.0.1:${house.house.env[`${name.toUpperCase()}_PORT`]}/metrics`
    const text = await (await fetch(url)).text()
    expect([null, ''], name).toContain(promtool(['check', 'metrics'], text))
    expect(metricFaults(metricsIn(text)), name).toEqual([])
    for (const metric of metricsIn(text)) told.add(metric.name)
  }
  for (const name of ['http_request_duration_seconds', 'nodejs_eventloop_lag_seconds', 'db_connection_pool_usage'])
    expect(told).toContain(name)
  // Only a gateway of several processes has workers, and mail is sent only where there is a server for it.
  const elsewhere = /^(gateway_worker|identity_mails_)/
  expect(namedMetrics().filter((name) => !told.has(name) && !elsewhere.test(name))).toEqual([])
}, 300_000)

test('an agent reaches no further than whoever started it, whatever it was granted', async () => {
  const operator = await newMember(house, owner, ['operator'])
  const definition = asking(connection, '{ auditEvents(first: 1) { totalCount } }', ['audit:read', 'agent:read'])
  const agentId = await newAgent(house, owner, { definition })
  expect(await finishedRun(house, owner, await startRun(house, owner, agentId))).toMatchObject({ status: 'SUCCEEDED' })
  const run = await finishedRun(house, operator, await startRun(house, operator, agentId))
  expect(run).toMatchObject({ status: 'FAILED', error: { code: 'CONNECTOR_GRAPHQL_ERRORS', step: 'ask' } })
  expect(run.error?.message).toContain('UNAUTHORIZED_FIELD_OR_TYPE')
})

test('an agent reaches no further than it was granted, whoever started it', async () => {
  const definition = asking(connection, '{ auditEvents(first: 1) { totalCount } }', ['agent:read'])
  const run = await startRun(house, owner, await newAgent(house, owner, { definition }))
  const { status, error } = await finishedRun(house, owner, run)
  expect([status, error?.step]).toEqual(['FAILED', 'ask'])
  expect(error?.message).toContain('UNAUTHORIZED_FIELD_OR_TYPE')
})

// Last: after many runs and sign-ins.
test('no access token is kept anywhere: not in the database, not in Redis, not in logs or files', async () => {
  const prefix = owner.token.slice(0, 20)
  expect(Buffer.from(prefix, 'base64url').toString()).toBe('{"alg":"EdDSA",')
  const rows = await house.asSuperuser(async (client) => {
    const tables = await client.query<{ name: string }>(
      `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
       where schemaname in ('identity', 'agents', 'integrations', 'audit')`,
    )
    const found: string[] = []
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} as t`)
      found.push(...rows.map(({ row }) => row))
    }
    return found
  })
  const redis = createClient({ url: house.house.env.REDIS_URL ?? '' })
  await redis.connect()
  await redis.sendCommand(['CONFIG', 'SET', 'rdbcompression', 'no'])
  await redis.sendCommand(['SAVE'])
  await redis.close()
  const files = filesIn(house.home)
  expect(rows.some((row) => row.includes(owner.id))).toBe(true)
  expect(house.lines.some(({ text }) => text.includes(owner.id))).toBe(true)
  expect(files.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['dev.json', 'logs/postgres.log', 'redis/dump.rdb']),
  )
  const places = [...rows, ...house.lines.map(({ text }) => text), ...files.map(({ text }) => text)]
  expect(places.filter((text) => text.includes(prefix))).toEqual([])
})

/** Every file below a folder, but PostgreSQL's own: what is in those was read as rows. */
function filesIn(folder: string): { name: string; text: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith('postgres/') && statSync(join(folder, name)).isFile())
    .map((name) => ({ name, text: readFileSync(join(folder, name), 'latin1') }))
}
