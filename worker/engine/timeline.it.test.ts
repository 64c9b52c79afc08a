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
  response.writeHead(++asked === 1 ? 503 : 200, { 'content-type': 'application/json' }).end('{"n":1}')
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
