import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Engine, openEngine, type StepRow } from '../../tests/kit/engine.ts'

/** What was stored of the run's steps by the time a request came in, and its effect key. */
const arrived: { readonly key: unknown; readonly steps: StepRow[] }[] = []
let engine: Engine
const outside = createServer(async (request, response) => {
  const { 'idempotency-key': key, 'x-run': runId } = request.headers
  arrived.push({ key, steps: await engine.steps(String(runId)) })
  response.writeHead(arrived.length === 1 ? 503 : 200, { 'content-type': 'application/json' })
  response.end('{}')
})

beforeAll(async () => {
  await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve))
  engine = await openEngine({ EGRESS_ALLOW: `127.0.0.1:${(outside.address() as AddressInfo).port}` })
})
afterAll(async () => {
  await engine?.close()
  outside.close()
})

test('when an attempt of an effect arrives outside, its beginning is stored, so that it is known should nobody hear of it again', async () => {
  const url = `http://127.0.0.1:${(outside.address() as AddressInfo).port}/`
  const post = { id: 'post', kind: 'http', method: 'POST', url, idempotent: true, headers: { 'x-run': '{{ run.id }}' } }
  const id = await engine.start({ steps: [{ ...post, retry: { maxAttempts: 2, initial: '1s' } }] })
  expect(await engine.ended(id)).toMatchObject({ status: 'SUCCEEDED' })
  expect(arrived.map(({ steps }) => steps)).toMatchObject([
    [{ path: 'post', status: 'RUNNING', attempt: 1, attempts: [] }],
    [{ path: 'post', status: 'RUNNING', attempt: 2, attempts: [{ status: 'FAILED' }] }],
  ])
  expect(arrived.map(({ key }) => key)).toEqual([arrived[0]?.key, expect.stringMatching(/./)])
})
