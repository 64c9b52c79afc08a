import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemCaller } from '#platform/caller/caller'
import {
  bearerToken,
  httpInput,
  type Integrations,
  newMembers,
  openIntegrations,
} from '../../../tests/kit/connections.ts'
import { answerJson, openOutsideService } from '../../../tests/kit/outside-service.ts'
import { ConnectorError } from '../connector/connector.errors.ts'
import { createConnection } from './create-connection.ts'
import { type InvokeActionRequest, invokeAction } from './invoke-action.ts'

let service: Awaited<ReturnType<typeof openOutsideService>>
let gateway: Awaited<ReturnType<typeof openOutsideService>>
let subgraph: Integrations
const state = { gatewayAnswer: { data: { me: null } } as unknown }
const { owner, organizationId } = newMembers()

beforeAll(async () => {
  gateway = await openOutsideService((_request, response) => answerJson(response, 200, state.gatewayAnswer))
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
  subgraph = await openIntegrations({
    GATEWAY_URL: `${gateway.url}/api/graphql`,
    EGRESS_ALLOW: service.hostAndPort,
  })
})
afterAll(async () => {
  for (const each of [subgraph, service, gateway]) await each.close()
})

const newConnection = async (input: object) => (await createConnection(subgraph.ctxFor(owner), input as never)).id
const http = (config = {}) => newConnection(httpInput(`${service.url}/base`, config))
let names = 0
const forgeops = () => newConnection({ connector: 'forgeops', name: `platform ${++names}`, config: {}, secrets: [] })

/** As the worker calls it: the platform itself, in the organization of the job. */
const invoke = (request: Partial<InvokeActionRequest>, organization = organizationId) =>
  invokeAction(subgraph.ctxFor(systemCaller(organization)), {
    connectionId: '',
    action: 'request',
    with: { method: 'GET', path: 'x' },
    effectKey: 'run-1/step-1',
    runToken: async () => 'a-run-token',
    signal: new AbortController().signal,
    timeoutMs: 5_000,
    ...request,
  })

async function failure(request: Promise<unknown>) {
  const error = await request.then(
    () => expect.unreachable('it succeeded'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof ConnectorError)) throw error
  expect(error.message).not.toMatch(/\d+\.\d+\.\d+\.\d+/)
  return { code: error.code, retryable: error.retryable }
}

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
    expect(await failure(request)).toEqual({ code: 'CONNECTOR_HTTP_STATUS', retryable })
  })

  it.each([
    ['broken', 'GET', 'EGRESS_FAILED', true],
    ['broken', 'POST', 'EGRESS_FAILED', false],
    ['large', 'GET', 'EGRESS_TOO_LARGE', false],
    ['silent', 'GET', 'EGRESS_TIMEOUT', true],
    ['silent', 'POST', 'EGRESS_TIMEOUT', false],
  ])('answered %s, %s fails as %s, retryable %s', async (kind, method, code, retryable) => {
    const request = invoke({ connectionId: await http(), with: { method, path: kind }, timeoutMs: 200 })
    expect(await failure(request)).toEqual({ code, retryable })
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
    expect(await failure(invoke({ connectionId: await http(), with: input }))).toEqual({
      code: 'ACTION_INPUT_INVALID',
      retryable: false,
    })
    expect(service.received.length).toBe(before)
  })
})

describe('a query of the platform', () => {
  const input = { document: 'query ($n: Int) { users(first: $n) { totalCount } }', variables: { n: 1 } }
  const query = async (more: Partial<InvokeActionRequest> = {}) =>
    invoke({ connectionId: await forgeops(), action: 'query', with: input, ...more })

  it('is asked with the token of the run and returns the data', async () => {
    state.gatewayAnswer = { data: { users: { totalCount: 3 } } }
    expect(await query()).toEqual({ users: { totalCount: 3 } })
    const last = gateway.received.at(-1)
    expect(last).toMatchObject({
      method: 'POST',
      url: '/api/graphql',
      headers: { authorization: 'Bearer a-run-token' },
    })
    expect(JSON.parse(last?.body ?? '')).toEqual({ query: input.document, variables: { n: 1 } })
  })

  it('fails with the API’s codes when the answer has errors', async () => {
    state.gatewayAnswer = { data: null, errors: [{ message: 'no', extensions: { code: 'FORBIDDEN' } }] }
    expect(await failure(query())).toEqual({ code: 'CONNECTOR_GRAPHQL_ERRORS', retryable: false })
    state.gatewayAnswer = { data: {}, errors: [{ message: 'no', extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }] }
    expect(await failure(query())).toEqual({ code: 'CONNECTOR_GRAPHQL_ERRORS', retryable: true })
  })

  it('only ever asks', async () => {
    const before = gateway.received.length
    const mutation = query({ with: { document: 'mutation { logoutEverywhere }' } })
    expect(await failure(mutation)).toEqual({ code: 'ACTION_INPUT_INVALID', retryable: false })
    expect(gateway.received.length).toBe(before)
  })

  it('passes on why there is no token, and asks nothing', async () => {
    const before = gateway.received.length
    const reason = new Error('the agent is archived')
    await expect(query({ runToken: () => Promise.reject(reason) })).rejects.toBe(reason)
    expect(gateway.received.length).toBe(before)
  })
})

describe('an action', () => {
  it('is unknown unless the connector has it', async () => {
    expect(await failure(invoke({ connectionId: await http(), action: 'query' }))).toMatchObject({
      code: 'ACTION_UNKNOWN',
    })
    expect(await failure(invoke({ connectionId: await http(), action: 'toString' }))).toMatchObject({
      code: 'ACTION_UNKNOWN',
    })
  })

  it('finds no connection of another organization, nor one that never was', async () => {
    const connectionId = await http()
    const before = service.received.length
    const expected = { code: 'NOT_FOUND', retryable: false }
    expect(await failure(invoke({ connectionId }, newMembers().organizationId))).toEqual(expected)
    expect(await failure(invoke({ connectionId: newMembers().organizationId }))).toEqual(expected)
    expect(await failure(invoke({ connectionId: 'x' }))).toEqual(expected)
    expect(service.received.length).toBe(before)
  })

  it('of a connection without its secret does not start', async () => {
    const connectionId = await newConnection({ ...httpInput(service.url), secrets: [] })
    expect(await failure(invoke({ connectionId }))).toEqual({ code: 'CONNECTION_INACTIVE', retryable: false })
  })

  it('towards an address inside is refused', async () => {
    const connectionId = await newConnection(httpInput(`http://localhost:${gateway.port}/`))
    const before = gateway.received.length
    expect(await failure(invoke({ connectionId }))).toEqual({ code: 'EGRESS_REFUSED', retryable: false })
    expect(gateway.received.length).toBe(before)
  })
})
