import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Caller, systemCaller } from '#platform/caller/caller'
import { type Database, openDatabase } from '#platform/db/database'
import { newId } from '#platform/id'
import { seedCtx } from '../../scripts/seed/seed-context.ts'
import { createAgent } from '../../subgraphs/agents/agent/create-agent.ts'
import { publishAgentVersion } from '../../subgraphs/agents/agent/publish-agent-version.ts'
import { agentsDatabase } from '../../subgraphs/agents/orm.ts'
import { startRun } from '../../subgraphs/agents/run/start-run.ts'
import { integrationsConfig } from '../../subgraphs/integrations/config.ts'
import { createConnection } from '../../subgraphs/integrations/connection/create-connection.ts'
import { openIntegrationsParts } from '../../subgraphs/integrations/integrations.context.ts'
import { integrationsDatabase } from '../../subgraphs/integrations/orm.ts'
import { openEffectServer } from '../../tests/kit/effect-server.ts'
import { openOwnServices } from '../../tests/kit/own-services.ts'
import { openPeopleServer } from '../../tests/kit/people-server.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'
import { endProcess, startWorker } from '../../tests/kit/worker-process.ts'

let services: Awaited<ReturnType<typeof openOwnServices>>
let people: Awaited<ReturnType<typeof openPeopleServer>>
let outside: Awaited<ReturnType<typeof openEffectServer>>
let agents: Database
let environment: Record<string, string>
const workers: Awaited<ReturnType<typeof startWorker>>[] = []

beforeAll(async () => {
  services = await openOwnServices()
  people = await openPeopleServer(String(services.environment.WORKER_REQUEST_KEY))
  outside = await openEffectServer()
  const told = { IDENTITY_URL: people.url, RUN_LEASE_MS: '2000', EGRESS_ALLOW: outside.hostAndPort }
  environment = { ...services.environment, ...told }
  agents = await openDatabase(agentsDatabase, { url: environment.AGENTS_DATABASE_URL ?? '', poolMax: 4 })
  workers.push(...(await Promise.all([startWorker(environment), startWorker(environment)])))
})
afterAll(async () => {
  for (const worker of workers) {
    worker.kill('SIGCONT')
    await endProcess(worker, 'SIGTERM')
  }
  await agents.orm.close()
  await outside.close()
  await people.close()
  await services.close()
})

/** Starts a run in an organization of its own; `steps` gets what calls `path` of the outside world. */
async function start(steps: (post: (id: string, body?: unknown) => object) => readonly object[]) {
  const caller: Caller = { ...systemCaller(newId()), kind: 'user', userId: newId() }
  const parts = openIntegrationsParts(integrationsConfig(environment))
  const url = environment.INTEGRATIONS_DATABASE_URL ?? ''
  const integrations = await openDatabase(integrationsDatabase, { url, poolMax: 2 })
  const connection = await createConnection(seedCtx(integrations, caller, parts), {
    connector: 'http',
    name: 'Outside',
    config: { baseUrl: outside.url, authentication: 'none' },
    secrets: [],
  })
  await integrations.orm.close()
  await parts.close()
  const pathOf = (id: string) => `/${caller.organizationId}/${id}`
  const post = (id: string, body: unknown = null) => ({
    id,
    kind: 'tool',
    connection: connection.id,
    action: 'request',
    with: { method: 'POST', path: pathOf(id), body },
  })
  const ctx = seedCtx(agents, caller, undefined)
  const agent = await createAgent(ctx, { name: 'an agent', description: '' })
  await publishAgentVersion(ctx, { agentId: agent.id, definition: { grants: [], steps: steps(post) } })
  const begin = async () => (await startRun(ctx, { agentId: agent.id, input: {} })).id
  const rows = <T>(sql: string, runId: string) =>
    agents.orm.em.fork().transactional(async (em) => {
      await em.execute(`select set_config('app.organization_id', ?, true)`, [caller.organizationId])
      return em.execute<T[]>(sql, [runId])
    })
  const runOf = async (runId: string) =>
    (
      await rows<{ status: string; owner: string | null; error: { code: string } | null }>(
        'select status, lease_owner as owner, error from agents.run where id = ?',
        runId,
      )
    )[0]
  const ended = (runId: string) =>
    waitFor(
      'the end of the run',
      async () => !['QUEUED', 'RUNNING', 'WAITING'].includes((await runOf(runId))?.status ?? ''),
    )
  return { pathOf, begin, rows, runOf, ended }
}

test('a worker that slept past its lease stores nothing more of the run, and goes on working', async () => {
  const { pathOf, begin, rows, runOf, ended } = await start((post) => [post('one'), post('two'), post('three')])
  outside.hold(pathOf('two'))
  const runId = await begin()
  await waitFor('the step to be held', () => outside.arrived.some(({ path }) => path === pathOf('two')))
  const pid = Number((await runOf(runId))?.owner?.split('-')[1])
  const sleeper = workers.find((worker) => worker.pid === pid)
  sleeper?.kill('SIGSTOP')
  await waitFor(
    'the other worker to come to the step',
    () => outside.arrived.filter(({ path }) => path === pathOf('two')).length === 2,
  )
  outside.release(pathOf('two'))
  await ended(runId)
  const trail = () => rows<{ seq: number; type: string }>('select * from agents.run_event where run_id = ?', runId)
  const before = await trail()

  const toldBefore = sleeper?.log.length ?? 0
  sleeper?.kill('SIGCONT')
  await waitFor(
    'the sleeper to notice',
    () => sleeper?.log.slice(toldBefore).some((line) => /lease lost|taken over/.test(line)) ?? false,
  )
  expect(await trail()).toEqual(before)
  expect((await runOf(runId))?.status).toBe('SUCCEEDED')
  const kept = await rows<{ attempts: { status: string; epoch: number }[] }>(
    `select attempts from agents.step where run_id = ? and path = 'two'`,
    runId,
  )
  expect(kept[0]?.attempts).toMatchObject([
    { status: 'FENCED', epoch: 1 },
    { status: 'SUCCEEDED', epoch: 2 },
  ])
  for (const step of ['one', 'three'])
    expect(outside.arrived.filter(({ path }) => path === pathOf(step))).toHaveLength(1)

  for (const other of workers.filter((worker) => worker !== sleeper)) other.kill('SIGSTOP')
  const next = await begin()
  await ended(next)
  expect((await runOf(next))?.status).toBe('SUCCEEDED')
  for (const worker of workers) worker.kill('SIGCONT')
})

test('a step with more expressions than wait for a thread at a time gets through', async () => {
  const { begin, runOf, ended } = await start((post) => [post('many', Array(300).fill('{{ 1 }}'))])
  const runId = await begin()
  await ended(runId)
  expect(await runOf(runId)).toMatchObject({ status: 'SUCCEEDED', error: null })
})

test('the limit of a step is over its expressions too', async () => {
  const endless = '{{ ($f := function($n) { $f($n + 1) }; $f(0)) }}'
  const { begin, runOf, ended } = await start((post) => [{ ...post('slow', [endless]), timeout: '300ms' }])
  const runId = await begin()
  await ended(runId)
  expect(await runOf(runId)).toMatchObject({ status: 'FAILED', error: { code: 'STEP_TIMEOUT' } })
})

test('a database connection lost while a step is stored costs the run nothing: what was to be stored is stored again', async () => {
  const { pathOf, begin, rows, runOf, ended } = await start((post) => [post('one'), post('two')])
  outside.hold(pathOf('one'))
  const runId = await begin()
  await waitFor('the step to be held', () => outside.arrived.some(({ path }) => path === pathOf('one')))
  const operator = new Client({ connectionString: environment.AGENTS_DATABASE_URL ?? '' })
  await operator.connect()
  try {
    await operator.query('begin')
    await operator.query(`select set_config('app.organization_id', $1, true)`, [pathOf('').split('/')[1]])
    await operator.query('select 1 from agents.run where id = $1 for update', [runId])
    outside.release(pathOf('one'))
    const storing = `from pg_stat_activity where wait_event_type = 'Lock' and query like '%agents.commit_run%'`
    const look = (sql: string) => agents.orm.em.fork().execute<object[]>(`select ${sql} ${storing}`)
    await waitFor('the step to be stored', async () => (await look('1')).length === 1)
    await look('pg_terminate_backend(pid)')
  } finally {
    await operator.query('rollback')
    await operator.end()
  }
  await ended(runId)
  expect(await runOf(runId)).toMatchObject({ status: 'SUCCEEDED', error: null })
  for (const step of ['one', 'two']) expect(outside.arrived.filter(({ path }) => path === pathOf(step))).toHaveLength(1)
  expect(await rows(`select 1 from agents.run_event where run_id = ? and type = 'run.resumed'`, runId)).toHaveLength(0)
})
