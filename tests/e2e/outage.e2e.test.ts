import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { processOf } from '../../scripts/local/os-process.ts'
import { ask } from '../kit/edge.ts'
import { type OpenHouse, openHouse } from '../kit/house.ts'
import { finishedRun, newAgent, startRun } from '../kit/house-runs.ts'
import { type Person, seededOwner } from '../kit/people.ts'
import { waitFor } from '../kit/wait-for.ts'

const subgraphs = ['identity', 'agents', 'integrations', 'audit']

let house: OpenHouse
let owner: Person
let agentId: string
beforeAll(async () => {
  // A short lease, so that the sweep, which goes by it, comes soon.
  house = await openHouse({ env: { RUN_LEASE_MS: '2000' } })
  owner = await seededOwner(house)
  agentId = await newAgent(house, owner)
})
afterAll(() => house?.close())

const stopped = new Set<number>()
const pidOf = (name: string) => house.house.pids[name] ?? 0

/** Stops a process where it is: it listens, and answers nobody. */
function halt(name: string): void {
  process.kill(pidOf(name), 'SIGSTOP')
  stopped.add(pidOf(name))
}
function goOn(): void {
  for (const pid of stopped) if (processOf(pid) !== undefined) process.kill(pid, 'SIGCONT')
  stopped.clear()
}
afterEach(goOn)

/** Kills a process. Resolves when another is in its place, which need not be ready. */
async function kill(name: string): Promise<void> {
  const before = pidOf(name)
  process.kill(before, 'SIGKILL')
  await waitFor(`another ${name}`, () => pidOf(name) !== before)
}

/** Kills a process and keeps the next from coming up until `goOn`: nobody listens at its address. */
async function keepDown(name: string): Promise<void> {
  await kill(name)
  halt(name)
}

const asOwner = (query: string) => house.ask(query, { token: owner.token })
const everything = '{ me { id } agents { totalCount } connections { totalCount } auditEvents { totalCount } }'

/** Waits until every subgraph answers through the gateway. */
const recovery = () =>
  waitFor(
    'every subgraph to answer',
    async () => {
      const answer = await asOwner(everything).catch(() => undefined)
      return answer !== undefined && answer.body.errors === undefined
    },
    60_000,
  )
const runOnce = async () => finishedRun(house, owner, await startRun(house, owner, agentId))

describe('every process', () => {
  const originOf = (name: string) => {
    const { env } = house.house
    return name === 'gateway' ? `http://127.0.0.1:${env.PORT}` : `http://127.0.0.1:${env[`${name.toUpperCase()}_PORT`]}`
  }

  test.each(['gateway', ...subgraphs, 'worker'])('%s has the three probes', async (name) => {
    const prefixes = name === 'gateway' ? ['', '/api'] : ['']
    for (const prefix of prefixes)
      for (const probe of ['/health', '/health/live', '/health/ready']) {
        const { status, body } = await ask(`${originOf(name)}${prefix}${probe}`)
        expect([probe, status, body]).toEqual([probe, 200, { status: 'UP' }])
      }
  })

  test.each([
    ['gateway', ['gateway_subgraph_request_duration_seconds']],
    ['identity', []],
    ['agents', []],
    ['integrations', []],
    ['audit', []],
    ['worker', ['queue_advance_run_jobs', 'outbox_events_delivered_total']],
  ])('%s tells its metrics', async (name, own) => {
    const { metricsUrl } = house.house.dev
    const { status, text } = await ask(name === 'gateway' ? metricsUrl : `${originOf(name)}/metrics`)
    expect(status).toBe(200)
    const common = ['process_cpu_seconds_total', 'nodejs_heap_size_used_bytes', 'http_request_duration_seconds']
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1])
    expect(names).toEqual(expect.arrayContaining([...common, ...own]))
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    expect(samples.filter((line) => !line.includes(`service="${name}"`))).toEqual([])
  })

  test('shows its metrics to operators only: the edge does not have them', async () => {
    expect((await ask(`${originOf('gateway')}/metrics`)).status).toBe(404)
    expect((await ask(`${originOf('gateway')}/api/metrics`)).status).toBe(404)
  })
})

test('without one subgraph the rest of an answer stands, and the path of all that is missing is named', async () => {
  await keepDown('audit')
  const { status, body } = await asOwner(`{
    agents(last: 1) { edges { node { name auditEvents { totalCount } } } }
    auditEvents { totalCount }
  }`)
  expect([status, body.data]).toEqual([
    200,
    { agents: { edges: [{ node: { name: 'security-digest', auditEvents: null } }] }, auditEvents: null },
  ])
  const missing = body.errors?.map(({ path, extensions }) => [path?.join('.'), extensions])
  expect(missing?.sort()).toEqual([
    ['agents.edges.0.node.auditEvents', { code: 'SUBGRAPH_UNAVAILABLE' }],
    ['auditEvents', { code: 'SUBGRAPH_UNAVAILABLE' }],
  ])
  goOn()
  await recovery()
})

test('a subgraph that hangs costs its own fields and ten seconds, and nobody else anything', async () => {
  halt('identity')
  const askedAt = performance.now()
  const slow = asOwner('{ agents { totalCount } users { totalCount } }')
  const { body } = await asOwner('{ agents { totalCount } }')
  expect(body.errors).toBeUndefined()
  expect(performance.now() - askedAt).toBeLessThan(5_000)
  const answer = await slow
  expect(performance.now() - askedAt).toBeLessThan(13_000)
  expect(answer.body).toMatchObject({
    data: { agents: body.data?.agents, users: null },
    errors: [{ path: ['users'], extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }],
  })
  goOn()
  await recovery()
})

test('the gateway lives, is ready and even starts with every subgraph down, on the keys it last read, and all come back', async () => {
  for (const name of subgraphs) await keepDown(name)
  const { body } = await asOwner(everything)
  expect(body.data).toBeNull()
  expect(body.errors?.map(({ path }) => path?.join('.')).sort()).toEqual(['agents', 'auditEvents', 'connections', 'me'])
  expect(new Set(body.errors?.map(({ extensions }) => extensions.code))).toEqual(new Set(['SUBGRAPH_UNAVAILABLE']))

  await kill('gateway')
  const probe = (path: string) => fetch(`${house.house.dev.healthUrl}${path}`).catch(() => undefined)
  await waitFor('the new gateway', async () => (await probe('/ready'))?.status === 200, 30_000)
  expect((await probe('/live'))?.status).toBe(200)
  expect((await house.ask('{ __typename }')).body).toEqual({ data: { __typename: 'Query' } })
  // It checks tokens with the keys that it last read, and changes nothing: it does not know what was revoked.
  const known = await asOwner('{ me { id } }')
  expect([known.status, known.body.errors]).toMatchObject([200, [{ path: ['me'] }]])
  const unconfirmed = await asOwner('mutation { logout }')
  expect([unconfirmed.status, unconfirmed.headers.get('retry-after')]).toEqual([503, '5'])
  expect(unconfirmed.body.errors).toMatchObject([{ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }])

  goOn()
  await recovery()
})

test('without Redis a run still finishes, in the trace that started it; with Redis back, jobs flow', async () => {
  halt('redis')
  const trace = '11112222333344445555666677778888'
  const runId = await startRun(house, owner, agentId, { traceparent: `00-${trace}-b7ad6b7169203331-01` })
  expect(await finishedRun(house, owner, runId)).toMatchObject({ status: 'SUCCEEDED', output: 'Hello' })
  const query = `query ($id: ID!) { auditEvents(filter: { targetId: $id, actions: ["run.succeeded"] }) {
    edges { node { context { traceId } } }
  } }`
  const told = await waitFor('the audit event', async () => {
    const asked = { token: owner.token, variables: { id: runId } }
    return (await house.data<{ auditEvents: { edges: unknown[] } }>(query, asked)).auditEvents.edges[0]
  })
  expect(told).toEqual({ node: { context: { traceId: trace } } })

  await kill('redis')
  goOn()
  await waitFor(
    'a run that came through the queue',
    async () => {
      const id = await startRun(house, owner, agentId)
      await finishedRun(house, owner, id)
      const isJob = () => house.lines.some(({ fields }) => fields.msg === 'job' && fields.runId === id)
      return waitFor('its job', isJob, 1_000).catch(() => false)
    },
    30_000,
  )
})

test.each(['worker', 'postgres'])('a killed %s comes back, and runs go on', async (name) => {
  await kill(name)
  await recovery()
  expect(await runOnce()).toMatchObject({ status: 'SUCCEEDED' })
})
