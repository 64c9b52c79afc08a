import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Engine, openEngine } from '../../tests/kit/engine.ts'

let engine: Engine
let url = ''
let asked = 0
const canary = 'canary-9f8e7d6c5b4a39281706'
const server = createServer((request, response) => {
  request.resume()
  const body = request.url === '/odd' ? '{"n":"a\\u0000b\\ud800"}' : '{"n":1}'
  response.writeHead(++asked === 1 ? 503 : 200, { 'content-type': 'application/json' }).end(body)
})
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const hostAndPort = `127.0.0.1:${(server.address() as AddressInfo).port}`
  url = `http://${hostAndPort}`
  engine = await openEngine({ EGRESS_ALLOW: hostAndPort })
})
afterAll(async () => {
  await engine?.close()
  server.close()
})

const timeline = `query ($id: ID!) { run(id: $id) {
  usage { steps inputTokens outputTokens costMicros }
  steps { path status attempt durationMs waitsFor dueAt input output
    attempts { attempt status startedAt finishedAt error { code step } } usage { model } }
} }`

test('a run shows each step with its attempts, its duration and what it sent, without credentials', async () => {
  const id = await engine.start(
    {
      steps: [
        {
          id: 'send',
          kind: 'http',
          method: 'PUT',
          url: `${url}/orders?access_token={{ input.token }}`,
          headers: { authorization: 'Bearer {{ input.token }}', 'x-trace': '7' },
          body: { order: 5, password: '{{ input.token }}' },
        },
        { id: 'pause', kind: 'wait', event: { name: 'paid' } },
      ],
    },
    { token: canary },
  )
  await engine.until(id, ['WAITING'])
  const run = await engine.stored(id)
  if (run.steps_done === 0) await engine.until(id, ['RUNNING', 'SUCCEEDED'])
  await expect
    .poll(async () => (await engine.steps(id)).map(({ status }) => status), { timeout: 10_000 })
    .toEqual(['SUCCEEDED', 'WAITING'])
  const answer = await engine.agents.ask(engine.place.owner, timeline, { id })
  expect(answer.errors).toBeUndefined()
  const shown = answer.data?.run as unknown as { usage: object; steps: Record<string, never>[] }
  expect(shown.usage).toEqual({ steps: 1, inputTokens: 0, outputTokens: 0, costMicros: 0 })
  const [send, pause] = shown.steps
  expect(send).toMatchObject({
    ...{ path: 'send', status: 'SUCCEEDED', attempt: 2, waitsFor: null, usage: null },
    input: {
      method: 'PUT',
      url: `${url}/orders?access_token=[redacted]`,
      headers: { authorization: '[redacted]', 'x-trace': '7' },
      body: { order: 5, password: '[redacted]' },
    },
    attempts: [
      { attempt: 1, status: 'FAILED', error: { code: 'CONNECTOR_HTTP_STATUS', step: 'send' } },
      { attempt: 2, status: 'SUCCEEDED', error: null },
    ],
  })
  // The backoff between the attempts is a second at least.
  expect(send?.durationMs).toBeGreaterThanOrEqual(900)
  expect(pause).toMatchObject({ status: 'WAITING', waitsFor: 'event', durationMs: null, input: null })
  expect(pause?.attempts).toMatchObject([{ attempt: 1, status: 'WAITING', finishedAt: null }])
  const stored = await engine.query('select input from agents.step where run_id = ?', [id])
  expect(JSON.stringify([answer, stored])).not.toContain(canary)
  // Of production, for the starter and for inspectors only.
  const viewer = await engine.agents.ask(engine.place.viewer, timeline, { id })
  expect(viewer.errors?.map(({ path }) => path?.at(-1))).toContain('input')
})

test('a step that gives a credential shows none; the steps after it have it', async () => {
  const give = {
    id: 'give',
    kind: 'transform',
    expression: '{ "access_token": input.token, "text": "Bearer " & input.token }',
  }
  const next = { id: 'next', kind: 'transform', expression: 'steps.give.access_token = input.token' }
  const id = await engine.start({ steps: [give, next] }, { token: canary })
  expect(await engine.ended(id)).toMatchObject({ output: true })
  const steps = 'query ($id: ID!) { run(id: $id) { all: steps { path output } rest: steps(from: 1) { path } } }'
  const { data } = await engine.agents.ask(engine.place.owner, steps, { id })
  expect(data?.run).toEqual({
    all: [
      { path: 'give', output: { access_token: '[redacted]', text: 'Bearer [redacted]' } },
      { path: 'next', output: true },
    ],
    rest: [{ path: 'next' }],
  })
})

test('a run shows at most five hundred steps at once, and the rest when it is asked for', async () => {
  const id = await engine.start({ steps: [{ id: 'one', kind: 'transform', expression: '1' }] })
  await engine.ended(id)
  await engine.query(
    `insert into agents.step (organization_id, id, run_id, path, step_id, kind, status, attempt, epoch, effect_key, ordinal, started_at)
     select organization_id, gen_random_uuid(), run_id, 'more' || n, 'more', kind, status, attempt, epoch, 'k', n, started_at
     from agents.step, generate_series(1, 501) as n where run_id = ? returning id`,
    [id],
  )
  const steps = 'query ($id: ID!, $from: Int!) { run(id: $id) { steps(from: $from) { path } } }'
  const shown = async (from: number) =>
    (
      (await engine.agents.ask(engine.place.owner, steps, { id, from })).data?.run as unknown as {
        steps?: { path: string }[]
      } | null
    )?.steps
  expect(await shown(0)).toHaveLength(500)
  expect((await shown(500))?.map(({ path }) => path)).toEqual(['more500', 'more501'])
  expect(await shown(-1)).toBeUndefined()
})

test('an answer that no database keeps as it is fails no step that had its effect', async () => {
  asked = 1
  const odd = { id: 'odd', kind: 'http', method: 'POST', url: `${url}/odd` }
  const id = await engine.start({ steps: [odd], output: 'steps.odd.body' })
  expect(await engine.ended(id)).toMatchObject({ status: 'SUCCEEDED', output: { n: 'a\ufffdb\ufffd' } })
})
