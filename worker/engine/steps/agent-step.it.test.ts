import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { decideApproval } from '../../../subgraphs/agents/approval/decide-approval.ts'
import { openEffectServer } from '../../../tests/kit/effect-server.ts'
import { type Engine, openEngine } from '../../../tests/kit/engine.ts'
import { connect, connectModels } from '../../../tests/kit/engine-connections.ts'
import { type ChatRequest, type ModelServer, openModelServer } from '../../../tests/kit/model-server.ts'
import { memberCaller } from '../../../tests/kit/organizations.ts'
import { waitFor } from '../../../tests/kit/wait-for.ts'

let engine: Engine
let models: ModelServer
let outside: Awaited<ReturnType<typeof openEffectServer>>
let connection: string
let api: string

beforeAll(async () => {
  models = await openModelServer()
  outside = await openEffectServer()
  engine = await openEngine({ EGRESS_ALLOW: `${models.hostAndPort},${outside.hostAndPort}` })
  connection = await connectModels(engine.environment, engine.place, models.url)
  const config = { baseUrl: outside.url, authentication: 'none' }
  api = await connect(engine.environment, engine.place, { connector: 'http', config })
})
beforeEach(() => {
  models.asked.length = 0
  outside.arrived.length = 0
  outside.completed.length = 0
})
afterAll(async () => {
  await engine?.close()
  await models?.close()
  await outside?.close()
})

const parameters = {
  type: 'object',
  properties: { reason: { type: 'string' }, order: { type: 'integer' } },
  required: ['order'],
  additionalProperties: false,
}
const cancel = () => ({
  ...{ name: 'cancel_order', description: 'Cancels an order.', parameters },
  ...{ connection: api, action: 'request' },
  with: { method: 'DELETE', path: '{{ "orders/" & $string(arguments.order) }}' },
})
const agent = (more: object = {}) => ({
  ...{ id: 'helper', kind: 'agent', connection, prompt: 'Cancel order {{ input.order }}.', tools: [cancel()] },
  ...more,
})
const call = (order: unknown, name = 'cancel_order') => ({ name, arguments: order })

async function outcome(step: object, input: object = { order: 7 }) {
  const id = await engine.start({ steps: [step] }, input)
  const run = await engine.ended(id)
  const steps = await engine.steps(id)
  return { id, run, steps, paths: steps.map(({ path }) => path) }
}

/** What the tools are told to have answered, in the order of the calls. */
const toldResults = (asked: ChatRequest | undefined) =>
  asked?.messages.filter(({ role }) => role === 'tool').map(({ content }) => content ?? '') ?? []

test('a model has its tools called until it needs none; each answer and each call is a step', async () => {
  models.answers(({ messages }) =>
    messages.length === 1 ? { text: 'On it.', calls: [call({ order: 7 })] } : { text: 'Order 7 is cancelled.' },
  )
  const { run, steps, paths } = await outcome(agent())
  expect(run).toMatchObject({ status: 'SUCCEEDED', output: 'Order 7 is cancelled.', steps_done: 4 })
  expect(paths).toEqual(['helper', 'helper/answer[0]', 'helper/call[0.0]', 'helper/answer[1]'])
  expect(outside.completed).toEqual([{ path: '/orders/7', key: expect.stringMatching(/^[\w-]{43}$/) }])
  expect(models.asked[0]?.tools).toEqual([
    { type: 'function', function: { name: 'cancel_order', description: 'Cancels an order.', parameters } },
  ])
  expect(models.asked[1]?.messages).toMatchObject([
    { role: 'user', content: 'Cancel order 7.' },
    { role: 'assistant', content: 'On it.', tool_calls: [{ id: 'call_1_0', function: { name: 'cancel_order' } }] },
    { role: 'tool', tool_call_id: 'call_1_0', content: expect.stringContaining('"done":"/orders/7"') },
  ])
  expect(steps.map(({ usage }) => usage?.inputTokens)).toEqual([undefined, 10, undefined, 10])
  expect(new Set(models.asked.map(({ key }) => key)).size).toBe(2)
})

describe('calls', () => {
  test('of one answer are made at the same time, five at most, and told in their order', async () => {
    const orders = [0, 1, 2, 3, 4, 5, 6]
    for (const order of orders) outside.hold(`/orders/${order}`)
    models.answers(({ messages }) =>
      messages.length === 1 ? { calls: orders.map((order) => call({ order })) } : { text: 'Done.' },
    )
    const id = await engine.start({ steps: [agent()] }, { order: 0 })
    await expect.poll(() => outside.arrived.length, { timeout: 10_000 }).toBe(5)
    // The sixth waits for a place: it comes with the first release, and not before.
    outside.release('/orders/6')
    for (const order of orders) outside.release(`/orders/${order}`)
    expect(await engine.ended(id)).toMatchObject({ status: 'SUCCEEDED' })
    expect(outside.completed).toHaveLength(7)
    expect(toldResults(models.asked[1]).map((text) => JSON.parse(text).body.done)).toEqual(
      orders.map((order) => `/orders/${order}`),
    )
  })

  test.each([
    ['an unknown tool', call({ order: 1 }, 'drop_tables'), 'There is no tool'],
    ['arguments that do not fit', call({ order: 'seven' }), 'order: must be integer'],
    ['arguments that nobody asked for', call({ order: 1, path: '/admin' }), 'path: is not expected'],
    ['arguments that are no JSON', call('{"order":'), 'do not fit'],
  ])('%s: the model is told, and nothing is called', async (_name, made, words) => {
    models.answers(({ messages }) => (messages.length === 1 ? { calls: [made] } : { text: 'Sorry.' }))
    const { run, paths } = await outcome(agent())
    expect(run).toMatchObject({ status: 'SUCCEEDED', output: 'Sorry.' })
    expect(paths).toEqual(['helper', 'helper/answer[0]', 'helper/answer[1]'])
    expect(toldResults(models.asked[1])).toEqual([expect.stringContaining(words)])
    expect(outside.arrived).toEqual([])
  })

  test('beyond the twentieth of one answer are not made, and the model is told', async () => {
    const calls = Array.from({ length: 22 }, (_, order) => call({ order }))
    models.answers(({ messages }) => (messages.length === 1 ? { calls } : { text: 'Done.' }))
    expect((await outcome(agent())).run.status).toBe('SUCCEEDED')
    expect(outside.arrived).toHaveLength(20)
    expect(toldResults(models.asked[1]).slice(20)).toEqual([
      expect.stringContaining('not made'),
      expect.stringContaining('not made'),
    ])
  })

  test('that fail are told to the model, with the code of the failure', async () => {
    const broken = { ...cancel(), action: 'erase' }
    models.answers(({ messages }) =>
      messages.length === 1 ? { calls: [call({ order: 1 })] } : { text: 'It cannot be done.' },
    )
    const { run, steps } = await outcome(agent({ tools: [broken] }))
    expect(run).toMatchObject({ status: 'SUCCEEDED', output: 'It cannot be done.' })
    expect(steps.find(({ path }) => path === 'helper/call[0.0]')).toMatchObject({
      status: 'FAILED',
      error: { code: 'ACTION_UNKNOWN' },
    })
    expect(toldResults(models.asked[1])).toEqual([expect.stringContaining('ACTION_UNKNOWN')])
  })
})

test('a model that does not come to an end is stopped, and the tools it asked for last are not called', async () => {
  models.answers(() => ({ calls: [call({ order: models.asked.length })] }))
  const { run } = await outcome(agent({ maxTurns: 3 }))
  expect(run.error).toMatchObject({ code: 'MODEL_TURNS_EXHAUSTED', step: 'helper' })
  expect(models.asked).toHaveLength(3)
  expect(outside.arrived.map(({ path }) => path)).toEqual(['/orders/1', '/orders/2'])
})

test('the last answer has to fit what the step asks for', async () => {
  const output = { type: 'object', properties: { done: { type: 'boolean' } }, required: ['done'] }
  models.answers(({ messages }) =>
    messages.length === 1 ? { calls: [call({ order: 1 })] } : { text: '{"done":true}' },
  )
  expect((await outcome(agent({ output }))).run).toMatchObject({ status: 'SUCCEEDED', output: { done: true } })
  expect(models.asked[0]?.response_format?.type).toBe('json_schema')
})

test('an inactive provider fails the agent at once', async () => {
  const config = { baseUrl: models.url, model: 'small' }
  const keyless = await connect(engine.environment, engine.place, { connector: 'openai-compatible', config })
  const { run } = await outcome(agent({ connection: keyless }))
  expect(run.error).toMatchObject({ code: 'PROVIDER_INACTIVE' })
  expect(models.asked).toEqual([])
})

test('a run that was parked between two answers goes on with what it has: nothing is asked or called again', async () => {
  models.answers(({ messages }) => {
    if (messages.length === 1) return { calls: [call({ reason: 'late', order: 1 }), call({ order: 2 })] }
    return models.asked.length === 2 ? { status: 503, headers: { 'retry-after': '2' } } : { text: 'Both.' }
  })
  const step = agent({ prompt: 'It is {{ $millis() }}: cancel {{ $random() }}.' })
  const id = await engine.start({ steps: [step] })
  await engine.until(id, ['WAITING'])
  await engine.restartWorker()
  expect(await engine.ended(id)).toMatchObject({ status: 'SUCCEEDED', output: 'Both.' })
  expect(models.asked).toHaveLength(3)
  expect(models.asked[2]?.key).toBe(models.asked[1]?.key)
  expect(models.asked[2]?.messages).toEqual(models.asked[1]?.messages)
  expect(outside.arrived.map(({ path }) => path).toSorted()).toEqual(['/orders/1', '/orders/2'])
})

describe('a tool that needs an approval', () => {
  const careful = (more: object = {}) => ({ ...cancel(), approval: { selfApproval: true }, ...more })
  const asked = (id: string) =>
    waitFor('somebody to be asked', async () => {
      const [approval] = await engine.query<{ id: string; path: string; shown: unknown }>(
        'select * from agents.approval where run_id = ?',
        [id],
      )
      return approval
    })
  const decide = (approvalId: string, decision: 'APPROVE' | 'REJECT') =>
    decideApproval(engine.agents.ctxFor(memberCaller(engine.place.organizationId, ['operator'])), {
      ...{ approvalId, decision },
    })
  const script = ({ messages }: ChatRequest) =>
    messages.length === 1 ? { calls: [call({ order: 1 })] } : { text: 'Very well.' }

  test('is called once people have seen with what, and with nothing else', async () => {
    models.answers(script)
    const tool = careful({ with: { method: 'DELETE', path: '{{ "orders/" & $string($random()) }}' } })
    const id = await engine.start({ steps: [agent({ tools: [tool] })] })
    const approval = await asked(id)
    expect(approval).toMatchObject({
      path: 'helper/approval[0.0]',
      shown: {
        ...{ tool: 'cancel_order', action: 'request', arguments: { order: 1 } },
        input: { method: 'DELETE', path: expect.stringMatching(/^orders\/0\.\d+/) },
      },
    })
    await engine.until(id, ['WAITING'])
    expect(outside.arrived).toEqual([])
    await engine.restartWorker()
    await decide(approval.id, 'APPROVE')
    expect(await engine.ended(id)).toMatchObject({ status: 'SUCCEEDED', output: 'Very well.' })
    expect(outside.arrived).toHaveLength(1)
    const { shown } = approval as { shown: { input: { path: string } } }
    expect(outside.arrived[0]?.path).toBe(`/${shown.input.path}`)
    expect(models.asked).toHaveLength(2)
  })

  test('is not called when they say no, and the model is told', async () => {
    models.answers(script)
    const id = await engine.start({ steps: [agent({ tools: [careful()] })] })
    await decide((await asked(id)).id, 'REJECT')
    expect(await engine.ended(id)).toMatchObject({ status: 'SUCCEEDED' })
    expect(outside.arrived).toEqual([])
    expect(toldResults(models.asked[1])).toEqual([expect.stringContaining('APPROVAL_REJECTED')])
  })
})
