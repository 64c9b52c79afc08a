import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Engine, openEngine } from '../../../tests/kit/engine.ts'
import { connect, connectModels, modelKey } from '../../../tests/kit/engine-connections.ts'
import { type ModelServer, openModelServer } from '../../../tests/kit/model-server.ts'

let engine: Engine
let models: ModelServer
let connection: string

beforeAll(async () => {
  models = await openModelServer()
  engine = await openEngine({ EGRESS_ALLOW: models.hostAndPort })
  connection = await connectModels(engine.environment, engine.place, models.url, {
    prices: { small: { input: 0.5, output: 1.5 } },
  })
})
beforeEach(() => {
  models.asked.length = 0
})
afterAll(async () => {
  await engine?.close()
  await models?.close()
})

const llm = (more: object = {}) => ({ id: 'ask', kind: 'llm', connection, prompt: 'Say hello.', ...more })

async function outcome(step: object, input: object = {}, more: object[] = []) {
  const id = await engine.start({ steps: [step, ...more] }, input)
  const run = await engine.ended(id)
  const [used] = await engine.query<{ input_tokens: string; output_tokens: string; cost_micros: string }>(
    'select input_tokens, output_tokens, cost_micros from agents.run where id = ?',
    [id],
  )
  const steps = await engine.steps(id)
  return { id, run, steps, ask: steps.find(({ path }) => path === 'ask'), used }
}

test('a model is asked once, in the words of the step, and its text is the output', async () => {
  models.answers(() => ({ text: 'Hello Ada.', usage: { input: 1_000, output: 3 } }))
  const step = llm({
    ...{ system: 'You are {{ input.who }}.', prompt: 'Greet {{ input.name }} and {{ input.more }}.' },
    ...{ maxOutputTokens: 50, temperature: 0.2 },
  })
  const { run, ask, used } = await outcome(step, { who: 'kind', name: 'Ada', more: { n: 1 } })
  expect(run).toMatchObject({ status: 'SUCCEEDED', output: 'Hello Ada.' })
  expect(models.asked).toHaveLength(1)
  expect(models.asked[0]).toMatchObject({
    model: 'small',
    messages: [
      { role: 'system', content: 'You are kind.' },
      { role: 'user', content: 'Greet Ada and {"n":1}.' },
    ],
    ...{ max_tokens: 50, temperature: 0.2, authorization: `Bearer ${modelKey}` },
  })
  expect(models.asked[0]?.stream ?? false).toBe(false)
  expect(models.asked[0]?.key).toMatch(/^[\w-]{43}$/)
  // 1 000 × $0.5 + 3 × $1.5 per million: rounded up, never down.
  expect(ask?.usage).toEqual({ model: 'small', inputTokens: 1_000, outputTokens: 3, costMicros: 505 })
  expect(used).toEqual({ input_tokens: '1000', output_tokens: '3', cost_micros: '505' })
})

test('what a model costs without a price is unknown, not nothing; and a step may name its model', async () => {
  models.answers(() => ({ text: 'x' }))
  const { ask } = await outcome(llm({ model: 'large' }))
  expect(models.asked[0]?.model).toBe('large')
  expect(ask?.usage).toEqual({ model: 'large', inputTokens: 10, outputTokens: 5, costMicros: null })
})

describe('structured output', () => {
  const output = {
    type: 'object',
    properties: { mood: { enum: ['good', 'bad'] }, score: { type: 'integer' } },
    required: ['mood'],
    additionalProperties: false,
  }

  test('the schema is sent along, and the value that fits is the output', async () => {
    models.answers(() => ({ text: '{"mood":"good","score":3}' }))
    const { run } = await outcome(llm({ output }), {}, [
      { id: 'read', kind: 'transform', expression: 'steps.ask.score + 1' },
    ])
    expect(run).toMatchObject({ status: 'SUCCEEDED', output: 4 })
    expect(models.asked[0]?.response_format).toMatchObject({
      type: 'json_schema',
      json_schema: { schema: output, strict: false },
    })
  })

  test('an answer that does not fit is asked for again, and each was paid for', async () => {
    const texts = ['not json', '{"mood":"sad"}', '{"mood":"bad"}']
    models.answers(() => ({ text: texts.shift() ?? '' }))
    const { run, ask, used } = await outcome(llm({ output, retry: { maxAttempts: 3, initial: '1s', factor: 1 } }))
    expect(run).toMatchObject({ status: 'SUCCEEDED', output: { mood: 'bad' } })
    expect(ask?.attempts.map(({ error }) => error?.code)).toEqual([
      'MODEL_OUTPUT_INVALID',
      'MODEL_OUTPUT_INVALID',
      undefined,
    ])
    expect(new Set(models.asked.map(({ key }) => key)).size).toBe(1)
    expect(ask?.usage).toMatchObject({ inputTokens: 30, outputTokens: 15, costMicros: 39 })
    expect(used).toMatchObject({ input_tokens: '30', output_tokens: '15' })
  })

  test('when no attempt is left the step says what did not fit', async () => {
    models.answers(() => ({ text: '{"score":"x"}' }))
    const { run } = await outcome(llm({ output, retry: { maxAttempts: 1 } }))
    expect(run.error).toMatchObject({ code: 'MODEL_OUTPUT_INVALID', step: 'ask' })
    expect(run.error?.message).toMatch(/mood: is missing/)
  })
})

describe('a provider that refuses', () => {
  test('for now is asked again, not before it said', async () => {
    const at: number[] = []
    models.answers(() => {
      at.push(Date.now())
      return at.length === 1 ? { status: 429, headers: { 'retry-after': '2' } } : { text: 'Now.' }
    })
    const { run, ask } = await outcome(llm())
    expect(run).toMatchObject({ status: 'SUCCEEDED', output: 'Now.' })
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(1_950)
    expect(ask?.attempts.map(({ status }) => status)).toEqual(['FAILED', 'SUCCEEDED'])
  })

  test.each([400, 401, 403, 404])('for good is not asked again: %i', async (status) => {
    models.answers(() => ({ status }))
    const { run } = await outcome(llm())
    expect(run.error).toMatchObject({ code: 'CONNECTOR_HTTP_STATUS', message: `The service answered HTTP ${status}.` })
    expect(models.asked).toHaveLength(1)
  })

  test('by itself, such as when it is overloaded, is asked again', async () => {
    models.answers(() => (models.asked.length === 1 ? { status: 529 } : { text: 'Yes.' }))
    expect((await outcome(llm())).run).toMatchObject({ status: 'SUCCEEDED', output: 'Yes.' })
  })

  test('because of what was asked is not asked again, and what it kept back is no output', async () => {
    models.answers(() => ({ text: '', end: 'content_filter' }))
    const { run } = await outcome(llm())
    expect(run.error).toMatchObject({ code: 'MODEL_ANSWER_WITHHELD' })
    expect(models.asked).toHaveLength(1)
  })
})

test('the key of a provider is in no answer, error, step or event, even when the provider repeats it', async () => {
  models.answers((_asked, { headers }) => ({ text: `You said ${headers.authorization}` }))
  const told = await outcome(llm())
  expect(told.run.output).toBe('You said Bearer [redacted]')
  models.answers(() => ({ status: 401 }))
  const refused = await outcome(llm())
  const events = await engine.query('select * from agents.run_event where run_id in (?, ?)', [told.id, refused.id])
  expect(JSON.stringify([told, refused, events])).not.toContain(modelKey)
})

describe('without what its calls need', () => {
  test('a provider is inactive: the step fails at once, nobody is asked, and the rest of the run goes on', async () => {
    const keyless = await connect(engine.environment, engine.place, {
      connector: 'openai-compatible',
      config: { baseUrl: models.url, model: 'small' },
    })
    const { run, ask } = await outcome(llm({ connection: keyless, continueOnError: true }), {}, [
      { id: 'after', kind: 'transform', expression: 'steps.ask.error.code' },
    ])
    expect(run).toMatchObject({ status: 'SUCCEEDED', output: 'PROVIDER_INACTIVE' })
    expect(ask).toMatchObject({ status: 'FAILED', attempt: 1, usage: null, output: null })
    expect(ask?.error?.message).toContain('apiKey')
    expect(models.asked).toEqual([])
  })

  test('a local server that needs no key is asked without one', async () => {
    const local = await connect(engine.environment, engine.place, {
      connector: 'openai-compatible',
      config: { baseUrl: models.url, authentication: 'none' },
    })
    models.answers(() => ({ text: 'Here.' }))
    expect((await outcome(llm({ connection: local, model: 'tiny' }))).run).toMatchObject({ output: 'Here.' })
    expect(models.asked[0]?.authorization).toBeUndefined()
    expect((await outcome(llm({ connection: local }))).run.error).toMatchObject({ code: 'MODEL_UNNAMED' })
  })

  test('a connection of another kind has no models, and one of another organization is not there', async () => {
    const http = await connect(engine.environment, engine.place, {
      connector: 'http',
      config: { baseUrl: models.url, authentication: 'none' },
    })
    expect((await outcome(llm({ connection: http }))).run.error).toMatchObject({ code: 'CONNECTION_WITHOUT_MODELS' })
    const missing = '01890000-0000-7000-8000-000000000000'
    expect((await outcome(llm({ connection: missing }))).run.error).toMatchObject({ code: 'NOT_FOUND' })
    expect(models.asked).toEqual([])
  })
})

test('a provider at an address that is closed to us is not called: models pass the same guard as all else', async () => {
  const lenient = { ...engine.environment, EGRESS_ALLOW: '127.0.0.1:9' }
  const inside = await connectModels(lenient, engine.place, 'http://127.0.0.1:9/v1')
  const { run, ask } = await outcome(llm({ connection: inside }))
  expect(run.error).toMatchObject({ code: 'EGRESS_REFUSED', step: 'ask' })
  expect(ask?.attempt).toBe(1)
})

test.each([
  [1.5, 2.25, '2', '3'],
  [-5, 4, '0', '4'],
  [1e300, 1, '0', '1'],
])(
  'tokens that a provider cannot have counted, %d and %d, do not stop the run',
  async (input, output, told, counted) => {
    models.answers(() => ({ text: 'x', usage: { input, output } }))
    const { run, used } = await outcome(llm())
    expect(run).toMatchObject({ status: 'SUCCEEDED' })
    expect(used).toMatchObject({ input_tokens: told, output_tokens: counted })
  },
)
