import { afterAll, beforeAll, expect, test } from 'vitest'
import { publishAgentVersion } from '../../../subgraphs/agents/agent/publish-agent-version.ts'
import { cancelRun } from '../../../subgraphs/agents/run/cancel-run.ts'
import { newAgent } from '../../../tests/kit/agents.ts'
import { openEffectServer } from '../../../tests/kit/effect-server.ts'
import { type Engine, openEngine } from '../../../tests/kit/engine.ts'
import { waitFor } from '../../../tests/kit/wait-for.ts'

let engine: Engine
let outside: Awaited<ReturnType<typeof openEffectServer>>
beforeAll(async () => {
  outside = await openEffectServer()
  engine = await openEngine({ EGRESS_ALLOW: outside.hostAndPort })
})
afterAll(async () => {
  await engine?.close()
  await outside?.close()
})

const agentOf = async (definition: object) => (await newAgent(engine.place, { grants: [], ...definition })).id
const sub = (agent: string, more: object = {}) => ({ id: 'sub', kind: 'subagent', agent, ...more })
const pause = { id: 'pause', kind: 'wait', for: '1h' }
interface Child {
  readonly id: string
  readonly status: string
  readonly depth: number
  readonly scopes_max: string[]
  readonly started_by: string
}
const childrenOf = (runId: string) =>
  engine.query<Child>('select * from agents.run where parent_run_id = ? order by id', [runId])
const childOf = (runId: string) => waitFor(`a child of ${runId}`, async () => (await childrenOf(runId))[0])

test('the output of the run that a step starts is the step’s, and the starter is the same', async () => {
  const agent = await agentOf({ steps: [{ id: 'double', kind: 'transform', expression: 'input.n * 2' }] })
  const id = await engine.start({ steps: [sub(agent, { input: { n: '{{ input.n + 1 }}' } })] }, { n: 20 })
  expect(await engine.ended(id)).toMatchObject({ status: 'SUCCEEDED', output: 42 })
  const child = await childOf(id)
  expect(child).toMatchObject({ status: 'SUCCEEDED', depth: 1, started_by: engine.place.owner.userId })
  const { data } = await engine.agents.ask(
    engine.place.owner,
    '{ run(id: "ID") { parent { id } children { totalCount edges { node { id parent { id } } } } } }'.replace('ID', id),
  )
  expect(data?.run).toEqual({
    parent: null,
    children: { totalCount: 1, edges: [{ node: { id: child.id, parent: { id } } }] },
  })
})

test('a run has no scope that the run which started it has not', async () => {
  const steps = [{ id: 'one', kind: 'transform', expression: '1' }]
  const agent = await agentOf({ grants: ['audit:read', 'user:read'], steps })
  const id = await engine.start({ grants: ['audit:read', 'agent:read'], steps: [sub(agent)] })
  await engine.ended(id)
  // Its own grants bind besides, at each claim.
  expect((await childOf(id)).scopes_max.toSorted()).toEqual(['agent:read', 'audit:read'])
})

test('a failure is the step’s, with its code; each attempt of the step starts a run of its own', async () => {
  const agent = await agentOf({ steps: [{ id: 'broken', kind: 'transform', expression: '$error("no")' }] })
  const id = await engine.start({ steps: [sub(agent, { retry: { maxAttempts: 2, initial: '1s', jitter: false } })] })
  expect(await engine.ended(id)).toMatchObject({ status: 'FAILED', error: { code: 'EXPRESSION_FAILED', step: 'sub' } })
  expect((await childrenOf(id)).map(({ status }) => status)).toEqual(['FAILED', 'FAILED'])
  expect((await engine.stored(id)).lease_epoch).toBeLessThan(8)
})

test('what a run used counts once in the run that waited for it, which starts no other when it has used up what it may', async () => {
  const agent = await agentOf({ steps: [{ ...pause, for: '1s' }] })
  const limits = { tokens: 100 }
  const last = { id: 'last', kind: 'subagent', agent }
  const id = await engine.start({ limits, steps: [sub(agent), { ...pause, for: '1s' }, last] })
  const child = await childOf(id)
  await engine.until(child.id, ['WAITING'])
  await engine.query(
    'update agents.run set input_tokens = 60, output_tokens = 40, cost_micros = 7 where id = ? returning id',
    [child.id],
  )
  expect(await engine.ended(id)).toMatchObject({
    error: { code: 'BUDGET_EXCEEDED', message: expect.stringContaining('100 tokens') },
  })
  expect(await engine.stored(id)).toMatchObject({ input_tokens: '60', output_tokens: '40', cost_micros: '7' })
  expect(await childrenOf(id)).toHaveLength(1)
})

test('a run that is not waited for goes on by itself', async () => {
  const agent = await agentOf({ steps: [pause] })
  const id = await engine.start({ steps: [sub(agent, { wait: false })] })
  const child = await childOf(id)
  expect(await engine.ended(id)).toMatchObject({ status: 'SUCCEEDED', output: { runId: child.id } })
  await engine.until(child.id, ['WAITING'])
})

test('a run whose step was given up at its time limit is ended', async () => {
  const agent = await agentOf({ steps: [pause] })
  const id = await engine.start({ steps: [sub(agent, { timeout: '1s', continueOnError: true })] })
  expect(await engine.ended(id)).toMatchObject({ status: 'SUCCEEDED', output: { error: { code: 'STEP_TIMEOUT' } } })
  expect(await engine.ended((await childOf(id)).id)).toMatchObject({ status: 'CANCELLED' })
})

test('a child that somebody cancels fails the step that waits for it', async () => {
  const id = await engine.start({ steps: [sub(await agentOf({ steps: [pause] }))] })
  await engine.until(id, ['WAITING'])
  await cancelRun(engine.place.owning(), { runId: (await childOf(id)).id })
  expect(await engine.ended(id)).toMatchObject({ status: 'FAILED', error: { code: 'SUBAGENT_CANCELLED', step: 'sub' } })
})

test('a cancellation reaches what a child of a child is doing within 2 s, and all of them undo what they did', async () => {
  outside.hold('/k-slow')
  const post = (id: string, path: string) => ({
    ...{ id, kind: 'http', method: 'POST', idempotent: true },
    url: `${outside.url}${path}`,
  })
  const grandchild = await agentOf({
    steps: [{ ...post('did', '/k-did'), compensate: [post('undid', '/k-undid')] }, post('slow', '/k-slow')],
  })
  const child = await agentOf({ steps: [sub(grandchild)] })
  const id = await engine.start({ steps: [sub(child)] })
  await waitFor('the step to be under way', () => outside.arrived.some(({ path }) => path === '/k-slow'))
  const middle = await childOf(id)
  const last = await childOf(middle.id)
  await engine.until(id, ['WAITING'])
  const askedAt = Date.now()
  await cancelRun(engine.place.owning(), { runId: id })
  await engine.ended(last.id)
  expect(Date.now() - askedAt).toBeLessThan(2_000)
  for (const each of [id, middle.id, last.id]) expect(await engine.ended(each)).toMatchObject({ status: 'CANCELLED' })
  expect(outside.completed.filter(({ path }) => path === '/k-undid')).toHaveLength(1)
})

test('runs that start one another end at a bound, each telling it to the one above', async () => {
  const agent = await newAgent(engine.place, { grants: [], steps: [{ id: 'one', kind: 'transform', expression: '1' }] })
  const definition = { grants: [], steps: [sub(agent.id)] }
  await publishAgentVersion(engine.place.owning(), { agentId: agent.id, definition })
  const id = await engine.start(definition)
  expect(await engine.ended(id)).toMatchObject({ status: 'FAILED', error: { code: 'RUN_TOO_DEEP' } })
  const [{ deepest } = { deepest: 0 }] = await engine.query<{ deepest: number }>(
    'select max(depth) as deepest from agents.run where agent_id = ?',
    [agent.id],
  )
  expect(deepest).toBe(8)
})
