import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  bearerToken,
  failureOf,
  httpInput,
  type Integrations,
  invokeIn,
  newMembers,
  openIntegrations,
} from '../../../../tests/kit/connections.ts'
import { answerJson, openOutsideService } from '../../../../tests/kit/outside-service.ts'
import { createConnection } from '../../connection/create-connection.ts'
import type { InvokeActionRequest } from '../../connection/invoke-action.ts'

let service: Awaited<ReturnType<typeof openOutsideService>>
let subgraph: Integrations
const { owner, organizationId } = newMembers()

beforeAll(async () => {
  service = await openOutsideService((request, response) => {
    const [, , kind, value] = request.url.split(/[/?]/)
    if (kind === 'status') return answerJson(response, Number(value), { echo: request.headers })
    if (kind === 'large') return response.end('x'.repeat(1_500_000))
    if (kind === 'nul') return response.writeHead(200, { 'content-type': 'application/json' }).end('{"a":"\\u0000"}')
    if (kind === 'broken') return response.destroy()
    return kind === 'silent'
      ? undefined
      : answerJson(response, 200, { method: request.method, headers: request.headers })
  })
  subgraph = await openIntegrations({ EGRESS_ALLOW: service.hostAndPort })
})
afterAll(async () => {
  await subgraph.close()
  await service.close()
})

const http = async (config = {}) =>
  (await createConnection(subgraph.ctxFor(owner), httpInput(`${service.url}/base`, config))).id
const invoke = (request: Partial<InvokeActionRequest>) => invokeIn(subgraph, organizationId, request)

describe('an http request', () => {
  it('brings back status, some headers and the body', async () => {
    const result = await invoke({
      connectionId: await http(),
      with: { method: 'GET', path: '/y', query: { a: 'b c' } },
    })
    expect(result).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: { method: 'GET' },
    })
    expect(service.received.at(-1)).toMatchObject({
      url: '/base/y?a=b+c',
      headers: { authorization: `Bearer ${bearerToken}` },
    })
    expect(service.received.at(-1)?.headers['idempotency-key']).toBeUndefined()
    expect(JSON.stringify(result)).not.toContain(bearerToken)
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('sends the name of its effect with %s', async (method) => {
    await invoke({ connectionId: await http(), with: { method, path: 'x' } })
    expect(service.received.at(-1)).toMatchObject({ method, headers: { 'idempotency-key': 'run-1/step-1' } })
  })

  it.each([
    [{ a: [1] }, 'application/json', '{"a":[1]}'],
    ['plain', 'text/plain; charset=utf-8', 'plain'],
    [null, 'application/json', 'null'],
  ])('sends the body %j as %s', async (body, contentType, sent) => {
    await invoke({ connectionId: await http(), with: { method: 'POST', path: 'x', body } })
    expect(service.received.at(-1)).toMatchObject({ headers: { 'content-type': contentType }, body: sent })
  })

  it('sends headers of connection and step, the step’s before the connection’s, and no bearer when none is meant', async () => {
    const connectionId = await http({ authentication: 'none', headers: { 'X-A': '1', 'X-B': '1' } })
    await invoke({ connectionId, with: { method: 'GET', path: 'x', headers: { 'x-b': '2' } } })
    expect(service.received.at(-1)?.headers).toMatchObject({ 'x-a': '1', 'x-b': '2' })
    expect(service.received.at(-1)?.headers.authorization).toBeUndefined()
  })

  it.each([
    ['GET', {}, 503, true],
    ['GET', {}, 404, false],
    ['PUT', {}, 500, true],
    ['DELETE', { idempotent: false }, 500, false],
    ['POST', {}, 500, false],
    ['POST', {}, 429, true],
    ['POST', { idempotent: true }, 500, true],
    ['PATCH', { idempotent: true }, 400, false],
  ])('%s %j answered %i fails, retryable %s', async (method, more, status, retryable) => {
    const request = invoke({ connectionId: await http(), with: { method, path: `status/${status}`, ...more } })
    expect(await failureOf(request)).toEqual({ code: 'CONNECTOR_HTTP_STATUS', retryable })
  })

  it.each([
    ['broken', 'GET', 'EGRESS_FAILED', true],
    ['broken', 'POST', 'EGRESS_FAILED', false],
    ['large', 'GET', 'EGRESS_TOO_LARGE', false],
    ['silent', 'GET', 'EGRESS_TIMEOUT', true],
    ['silent', 'POST', 'EGRESS_TIMEOUT', false],
  ])('answered %s, %s fails as %s, retryable %s', async (kind, method, code, retryable) => {
    const request = invoke({ connectionId: await http(), with: { method, path: kind }, timeoutMs: 200 })
    expect(await failureOf(request)).toEqual({ code, retryable })
  })

  it('ends with the caller’s own reason when the caller gives up', async () => {
    const controller = new AbortController()
    const reason = new Error('the lease is lost')
    const request = invoke({
      connectionId: await http(),
      with: { method: 'GET', path: 'silent' },
      signal: controller.signal,
    })
    controller.abort(reason)
    await expect(request).rejects.toBe(reason)
  })

  it('makes of the answer what PostgreSQL can store', async () => {
    expect(await invoke({ connectionId: await http(), with: { method: 'GET', path: 'nul' } })).toMatchObject({
      body: { a: '\ufffd' },
    })
  })

  it.each([
    [{ method: 'GET', path: '../admin' }],
    [{ method: 'GET', path: '%252e%252e/admin' }],
    [{ method: 'TRACE', path: '' }],
    [{ method: 'GET', path: 'x', body: 'x' }],
    [{ method: 'GET', path: 'x', headers: { Authorization: 'Bearer mine' } }],
    [{ method: 'GET', path: 'x', headers: { a: 'b\r\nc: d' } }],
    [{ method: 'GET', path: 'x', url: 'https://other.example' }],
    [{ path: 'x' }],
    [null],
    ['GET'],
  ])('does not take the input %j, and calls nobody', async (input) => {
    const before = service.received.length
    expect(await failureOf(invoke({ connectionId: await http(), with: input }))).toEqual({
      code: 'ACTION_INPUT_INVALID',
      retryable: false,
    })
    expect(service.received.length).toBe(before)
  })
})
