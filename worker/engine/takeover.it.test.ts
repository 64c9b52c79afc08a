import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Caller, systemCaller } from '#platform/caller/caller'
import { type Database, openDatabase } from '#platform/db/database'
import { newId } from '#platform/id'
import { seedCtx } from '../../scripts/seed/seed-context.ts'
import { createAgent } from '../../subgraphs/agents/agent/create-agent.ts'
import { publishAgentVersion } from '../../subgraphs/agents/agent/publish-agent-version.ts'
import { agentsDatabase } from '../../subgraphs/agents/orm.ts'
import { cancelRun } from '../../subgraphs/agents/run/cancel-run.ts'
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

const leaseMs = 2_000
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
  const told = { IDENTITY_URL: people.url, RUN_LEASE_MS: String(leaseMs), EGRESS_ALLOW: outside.hostAndPort }
  environment = { ...services.environment, ...told }
  agents = await openDatabase(agentsDatabase, { url: environment.AGENTS_DATABASE_URL ?? '', poolMax: 4 })
  workers.push(...(await Promise.all([startWorker(environment), startWorker(environment)])))
})
afterEach(async () => {
  // What a test killed is replaced, so that each begins with two.
  for (const [index, worker] of workers.entries()) {
    if (worker.exitCode !== null || worker.signalCode !== null) workers[index] = await startWorker(environment)
  }
})
afterAll(async () => {
  for (const worker of workers) await endProcess(worker, 'SIGTERM')
  await agents.orm.close()
  await outside.close()
  await people.close()
  await services.close()
})

/** Starts a run of an agent whose three steps each have one effect on the outside. */
async function startThreeEffects(
  steps: (post: (id: string) => object) => object[] = (post) => ['one', 'two', 'three'].map(post),
): Promise<{ caller: Caller; runId: string; pathOf: (step: string) => string }> {
  const caller: Caller = { ...systemCaller(newId()), kind: 'user', userId: newId() }
  const parts = openIntegrationsParts(integrationsConfig(environment))
  const integrations = await openDatabase(integrationsDatabase, {
    url: environment.INTEGRATIONS_DATABASE_URL ?? '',
    poolMax: 2,
  })
  const connection = await createConnection(seedCtx(integrations, caller, parts), {
    connector: 'http',
    name: 'Outside',
    config: { baseUrl: outside.url },
    secrets: [{ field: 'bearerToken', value: 'a-token-of-the-test' }],
  })
  await integrations.orm.close()
  await parts.close()

  const ctx = seedCtx(agents, caller, undefined)
  const agent = await createAgent(ctx, { name: 'three-effects', description: '' })
  const pathOf = (step: string) => `/${caller.organizationId}/${step}`
  const step = (id: string) => ({
    id,
    kind: 'tool',
    connection: connection.id,
    action: 'request',
    with: { method: 'POST', path: pathOf(id) },
  })
  await publishAgentVersion(ctx, {
    agentId: agent.id,
    definition: { grants: [], steps: steps(step) },
  })
  outside.hold(pathOf('two'))
  const run = await startRun(ctx, { agentId: agent.id, input: {} })
  return { caller, runId: run.id, pathOf }
}

const rows = <T>(caller: Caller, sql: string, values: unknown[]) =>
  agents.orm.em.fork().transactional(async (em) => {
    await em.execute(`select set_config('app.organization_id', ?, true)`, [caller.organizationId])
    return em.execute<T[]>(sql, values)
  })
const ownerOf = async (caller: Caller, runId: string) =>
  (await rows<{ owner: string }>(caller, 'select lease_owner as owner from agents.run where id = ?', [runId]))[0]
    ?.owner ?? ''
const statusOf = async (caller: Caller, runId: string) =>
  (await rows<{ status: string }>(caller, 'select status from agents.run where id = ?', [runId]))[0]?.status
const eventsOf = (caller: Caller, runId: string) =>
  rows<{ seq: number; type: string }>(caller, 'select seq, type from agents.run_event where run_id = ? order by seq', [
    runId,
  ])

async function workerThatHas(caller: Caller, runId: string) {
  const pid = Number((await ownerOf(caller, runId)).split('-')[1])
  return workers.find((each) => each.pid === pid) ?? missing(pid)
}

function missing(pid: number): never {
  throw new Error(`No worker of ours has the run: ${pid}`)
}

const completedAt = (path: string) => outside.completed.filter((effect) => effect.path === path)

test('a worker killed in the middle of a step loses nothing: the other repeats that step alone, under the same effect key', async () => {
  const { caller, runId, pathOf } = await startThreeEffects()
  await waitFor('the step to be held open outside', () =>
    outside.arrived.some((effect) => effect.path === pathOf('two')),
  )
  await endProcess(await workerThatHas(caller, runId), 'SIGKILL')
  outside.release(pathOf('two'))
  await waitFor('the other worker to finish the run', async () => (await statusOf(caller, runId)) === 'SUCCEEDED')

  for (const step of ['one', 'two', 'three']) expect(completedAt(pathOf(step))).toHaveLength(1)
  const attempts = outside.arrived.filter((effect) => effect.path === pathOf('two'))
  expect(attempts).toHaveLength(2)
  expect(attempts[0]?.key).toBe(attempts[1]?.key)
  const events = await eventsOf(caller, runId)
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1))
  expect(events.filter(({ type }) => type === 'run.resumed')).toHaveLength(1)
  expect(events.at(-1)?.type).toBe('run.succeeded')
})

test('a worker killed between two steps repeats neither, and what the run waits for is not waited for again', async () => {
  const pause = { id: 'pause', kind: 'wait', for: '2s' }
  const { caller, runId, pathOf } = await startThreeEffects((post) => [post('one'), pause, post('two')])
  await waitFor('the run to wait', async () => (await statusOf(caller, runId)) === 'WAITING')
  const [started] = await rows<{ owner: string }>(
    caller,
    `select data->>'owner' as owner from agents.run_event where run_id = ? and type = 'run.started'`,
    [runId],
  )
  const pid = Number(started?.owner.split('-')[1])
  await endProcess(workers.find((each) => each.pid === pid) ?? missing(pid), 'SIGKILL')
  outside.release(pathOf('two'))
  await waitFor('the other worker to finish the run', async () => (await statusOf(caller, runId)) === 'SUCCEEDED')
  for (const step of ['one', 'two']) expect(outside.arrived.filter(({ path }) => path === pathOf(step))).toHaveLength(1)
})

test('a worker that is stopped gives its run back at once, and stops in good order', async () => {
  const { caller, runId, pathOf } = await startThreeEffects()
  await waitFor('the step to be held open outside', () =>
    outside.arrived.some((effect) => effect.path === pathOf('two')),
  )
  const worker = await workerThatHas(caller, runId)
  expect(await endProcess(worker, 'SIGTERM')).toBe(0)
  expect((await eventsOf(caller, runId)).some(({ type }) => type === 'run.released')).toBe(true)
  outside.release(pathOf('two'))
  await waitFor('the other worker to finish the run', async () => (await statusOf(caller, runId)) === 'SUCCEEDED')
  expect(completedAt(pathOf('one'))).toHaveLength(1)
  expect(completedAt(pathOf('two'))).toHaveLength(1)
})

const undoOf = (id: string) => `undo${id[0]?.toUpperCase()}${id.slice(1)}`

test('a worker killed while it undoes a cancelled run leaves the rest to another: in reverse order, nothing that was undone again, what was under way under the same effect key', async () => {
  const { caller, runId, pathOf } = await startThreeEffects((post) => [
    ...['one', 'two', 'three'].map((id) => ({ ...post(id), compensate: [post(undoOf(id))] })),
    { id: 'pause', kind: 'wait', for: '1h' },
  ])
  outside.release(pathOf('two'))
  outside.hold(pathOf('undoTwo'))
  await waitFor('the run to wait', async () => (await statusOf(caller, runId)) === 'WAITING')
  await cancelRun(seedCtx(agents, caller, undefined), { runId })
  await waitFor('the undoing to be held open outside', () =>
    outside.arrived.some((effect) => effect.path === pathOf('undoTwo')),
  )
  await endProcess(await workerThatHas(caller, runId), 'SIGKILL')
  outside.release(pathOf('undoTwo'))
  await waitFor('the other worker to end the run', async () => (await statusOf(caller, runId)) === 'CANCELLED')

  const undone = outside.arrived.filter(({ path }) => path.includes(pathOf('undo')))
  expect(undone.map(({ path }) => path)).toEqual(['three', 'two', 'two', 'one'].map((id) => pathOf(undoOf(id))))
  expect(undone[1]?.key).toBe(undone[2]?.key)
  expect(new Set(undone.map(({ key }) => key)).size).toBe(3)
  for (const id of ['one', 'two', 'three']) {
    expect(outside.arrived.filter(({ path }) => path === pathOf(id))).toHaveLength(1)
    expect(completedAt(pathOf(undoOf(id)))).toHaveLength(1)
  }
  const types = (await eventsOf(caller, runId)).map(({ type }) => type)
  expect(types.filter((type) => type === 'run.compensating')).toHaveLength(1)
  expect(types.at(-1)).toBe('run.cancelled')
})
