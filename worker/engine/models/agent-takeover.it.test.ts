import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Caller, systemCaller } from '#platform/caller/caller'
import { type Database, openDatabase } from '#platform/db/database'
import { newId } from '#platform/id'
import { seedCtx } from '../../../scripts/seed/seed-context.ts'
import { createAgent } from '../../../subgraphs/agents/agent/create-agent.ts'
import { publishAgentVersion } from '../../../subgraphs/agents/agent/publish-agent-version.ts'
import { agentsDatabase } from '../../../subgraphs/agents/orm.ts'
import { startRun } from '../../../subgraphs/agents/run/start-run.ts'
import { openEffectServer } from '../../../tests/kit/effect-server.ts'
import { connect, connectModels } from '../../../tests/kit/engine-connections.ts'
import { type ModelServer, openModelServer } from '../../../tests/kit/model-server.ts'
import { openOwnServices } from '../../../tests/kit/own-services.ts'
import { openPeopleServer } from '../../../tests/kit/people-server.ts'
import { waitFor } from '../../../tests/kit/wait-for.ts'
import { endProcess, startWorker } from '../../../tests/kit/worker-process.ts'

let services: Awaited<ReturnType<typeof openOwnServices>>
let outside: Awaited<ReturnType<typeof openEffectServer>>
let people: Awaited<ReturnType<typeof openPeopleServer>>
let models: ModelServer
let agents: Database
let environment: Record<string, string>
let worker: Awaited<ReturnType<typeof startWorker>>

beforeAll(async () => {
  services = await openOwnServices()
  people = await openPeopleServer(String(services.environment.WORKER_REQUEST_KEY))
  outside = await openEffectServer()
  models = await openModelServer()
  const allowed = `${outside.hostAndPort},${models.hostAndPort}`
  environment = { ...services.environment, IDENTITY_URL: people.url, RUN_LEASE_MS: '1500', EGRESS_ALLOW: allowed }
  agents = await openDatabase(agentsDatabase, { url: environment.AGENTS_DATABASE_URL ?? '', poolMax: 2 })
  worker = await startWorker(environment)
})
afterAll(async () => {
  await endProcess(worker, 'SIGTERM')
  await agents.orm.close()
  await models.close()
  await outside.close()
  await people.close()
  await services.close()
})

async function replaceKilled(): Promise<void> {
  await endProcess(worker, 'SIGKILL')
  worker = await startWorker(environment)
}

test('an agent whose worker is killed during a tool and during an answer asks and calls again only what was under way', async () => {
  const owner: Caller = { ...systemCaller(newId()), kind: 'user', userId: newId() }
  const connection = await connectModels(environment, { owner }, models.url)
  const config = { baseUrl: outside.url, authentication: 'none' }
  const api = await connect(environment, { owner }, { connector: 'http', config })
  const answerHeld = Promise.withResolvers<void>()
  models.answers(async ({ messages }) => {
    if (messages.length === 1)
      return { calls: ['one', 'two'].map((path) => ({ name: 'post', arguments: { path, method: 'POST' } })) }
    await answerHeld.promise
    return { text: 'Both done.' }
  })
  outside.hold('/two')

  const ctx = seedCtx(agents, owner, undefined)
  const agent = await createAgent(ctx, { name: 'posts', description: '' })
  const post = {
    name: 'post',
    description: 'Posts.',
    parameters: { type: 'object' },
    connection: api,
    action: 'request',
  }
  const step = { id: 'helper', kind: 'agent', connection, prompt: 'Post {{ $random() }}.', tools: [post] }
  await publishAgentVersion(ctx, { agentId: agent.id, definition: { grants: [], steps: [step] } })
  const { id } = await startRun(ctx, { agentId: agent.id, input: {} })

  const arrivals = (path: string) => outside.arrived.filter((effect) => effect.path === path)
  await waitFor('both tools to be called', () => arrivals('/one').length === 1 && arrivals('/two').length === 1)
  await stored(id, 'helper/call[0.0]')
  await replaceKilled()
  await waitFor('the tool to be called again', () => arrivals('/two').length === 2)
  outside.release('/two')
  await waitFor('the second answer to be asked for', () => models.asked.length === 2)
  await replaceKilled()
  await waitFor('the second answer to be asked for again', () => models.asked.length === 3)
  answerHeld.resolve()
  const run = await waitFor('the run to end', async () => {
    const [row] = await rows<{ status: string; output: unknown }>('select * from agents.run where id = ?', [id])
    return row?.status === 'SUCCEEDED' && row
  })

  expect(run.output).toBe('Both done.')
  expect(arrivals('/one')).toHaveLength(1)
  expect(new Set(arrivals('/two').map(({ key }) => key)).size).toBe(1)
  const [first, second, again] = models.asked
  expect(models.asked).toHaveLength(3)
  expect(first?.messages).toHaveLength(1)
  expect(again).toEqual(second)
  const attempts = await rows<{ path: string; attempts: { status: string }[] }>(
    'select path, attempts from agents.step where run_id = ? order by ordinal',
    [id],
  )
  expect(Object.fromEntries(attempts.map((each) => [each.path, each.attempts.map(({ status }) => status)]))).toEqual({
    helper: ['SUCCEEDED'],
    'helper/answer[0]': ['SUCCEEDED'],
    'helper/call[0.0]': ['SUCCEEDED'],
    'helper/call[0.1]': ['FENCED', 'SUCCEEDED'],
    'helper/answer[1]': ['FENCED', 'SUCCEEDED'],
  })

  async function stored(runId: string, path: string): Promise<void> {
    await waitFor(`${path} to be stored`, async () => {
      const [step] = await rows<{ status: string }>('select status from agents.step where run_id = ? and path = ?', [
        runId,
        path,
      ])
      return step?.status === 'SUCCEEDED'
    })
  }

  function rows<T extends object>(sql: string, values: unknown[]): Promise<T[]> {
    return agents.orm.em.fork().transactional(async (em) => {
      await em.execute(`select set_config('app.organization_id', ?, true)`, [owner.organizationId])
      return em.execute<T[]>(sql, values)
    })
  }
})
