import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  bearerToken,
  createConnectionMutation,
  httpInput,
  type Integrations,
  newMembers,
  openIntegrations,
  outboxOf,
  testConnectionMutation,
} from '../../../tests/kit/connections.ts'
import { answerJson, openOutsideService } from '../../../tests/kit/outside-service.ts'
import { createConnection } from './create-connection.ts'
import { testConnection } from './test-connection.ts'

let allowed: Awaited<ReturnType<typeof openOutsideService>>
let inner: Awaited<ReturnType<typeof openOutsideService>>
let gateway: Awaited<ReturnType<typeof openOutsideService>>
let subgraph: Integrations
let guarded: Integrations
const state = { gatewayStatus: 200 }

beforeAll(async () => {
  inner = await openOutsideService((_request, response) => answerJson(response, 200, { internal: true }))
  gateway = await openOutsideService((_request, response) => answerJson(response, state.gatewayStatus, {}))
  allowed = await openOutsideService((request, response) => {
    const [, kind, value = ''] = request.url.split('/')
    if (kind === 'status') return answerJson(response, Number(value), { echo: request.headers })
    if (kind === 'redirect') return response.writeHead(302, { location: decodeURIComponent(value) }).end()
    if (kind === 'large') return response.end('x'.repeat(1_500_000))
    if (kind === 'broken') return response.destroy()
    return kind === 'silent' ? undefined : answerJson(response, 200, {})
  })
  const variables = { GATEWAY_URL: `${gateway.url}/api/graphql` }
  subgraph = await openIntegrations({ ...variables, EGRESS_ALLOW: allowed.hostAndPort })
  guarded = await openIntegrations(variables)
})
afterAll(async () => {
  for (const each of [subgraph, guarded, allowed, inner, gateway]) await each.close()
})

type Owner = ReturnType<typeof newMembers>['owner']
interface Tested {
  readonly id: string
  readonly status: string
  readonly statusReason: string | null
  readonly lastTestedAt: string | null
}

async function create(owner: Owner, input: object, at = subgraph): Promise<string> {
  const { data, errors } = await at.ask(owner, createConnectionMutation, { input })
  expect(errors).toBeUndefined()
  return (data?.createConnection as Tested | undefined)?.id ?? ''
}
async function tested(owner: Owner, id: string, at = subgraph): Promise<Tested> {
  const { data, errors } = await at.ask(owner, testConnectionMutation, { id })
  expect(errors).toBeUndefined()
  return data?.testConnection as unknown as Tested
}

describe('testConnection', () => {
  it('makes one real call with the credentials, and finds the connection active', async () => {
    const { owner } = newMembers()
    const id = await create(owner, httpInput(allowed.url, { testPath: '/me/1', headers: { 'X-Team': 'a' } }))
    const before = allowed.received.length
    expect(await tested(owner, id)).toEqual({
      id,
      status: 'ACTIVE',
      statusReason: null,
      lastTestedAt: expect.stringMatching(/^\d{4}-/),
    })
    expect(allowed.received.slice(before)).toMatchObject([
      { method: 'GET', url: '/me/1', headers: { authorization: `Bearer ${bearerToken}`, 'x-team': 'a' } },
    ])
  })

  it.each([
    [401, 'NEEDS_REAUTH'],
    [403, 'NEEDS_REAUTH'],
    [400, 'DEGRADED'],
    [404, 'DEGRADED'],
    [429, 'DEGRADED'],
    [500, 'DEGRADED'],
    [503, 'DEGRADED'],
    [204, 'ACTIVE'],
  ])('takes an answer of %i for %s', async (status, expected) => {
    const { owner } = newMembers()
    const found = await tested(owner, await create(owner, httpInput(allowed.url, { testPath: `status/${status}` })))
    expect(found.status).toBe(expected)
    expect(found.statusReason).toBe(expected === 'ACTIVE' ? null : `The service answered HTTP ${status}.`)
  })

  it.each([
    ['broken', 'The remote service could not be reached, or broke off its answer.'],
    ['large', 'The body of the answer passed the limit of 1000000 bytes.'],
  ])('takes an answer that is %s for DEGRADED', async (kind, reason) => {
    const { owner } = newMembers()
    const found = await tested(owner, await create(owner, httpInput(allowed.url, { testPath: kind })))
    expect(found).toMatchObject({ status: 'DEGRADED', statusReason: reason })
  })

  it('gives up on a service that does not answer, at its deadline', async () => {
    const ctx = subgraph.ctxFor(newMembers().owner)
    const { id } = await createConnection(ctx, httpInput(allowed.url, { testPath: 'silent' }))
    const begun = Date.now()
    const found = await testConnection(ctx, { connectionId: id }, 200)
    expect(Date.now() - begun).toBeLessThan(2_000)
    expect(found).toMatchObject({
      status: 'DEGRADED',
      statusReason: 'The remote service did not answer within 200 ms.',
    })
  })

  it('answers through the API within ten seconds and a little', async () => {
    const { owner } = newMembers()
    const id = await create(owner, httpInput(allowed.url, { testPath: 'silent' }))
    const begun = Date.now()
    expect((await tested(owner, id)).status).toBe('DEGRADED')
    expect(Date.now() - begun).toBeGreaterThan(9_900)
    expect(Date.now() - begun).toBeLessThan(20_000)
  })

  it('finds a connection active again once the service is', async () => {
    const { owner } = newMembers()
    const id = await create(owner, { connector: 'forgeops', name: 'platform' })
    state.gatewayStatus = 503
    expect(await tested(owner, id)).toMatchObject({ status: 'DEGRADED' })
    state.gatewayStatus = 200
    expect(await tested(owner, id)).toMatchObject({ status: 'ACTIVE', statusReason: null })
    expect(gateway.received.map(({ method, url }) => `${method} ${url}`)).toEqual(Array(2).fill('GET /api/health'))
    expect(gateway.received[0]?.headers.authorization).toBeUndefined()
  })

  it('is recorded with what it found', async () => {
    const { owner, organizationId } = newMembers()
    const id = await create(owner, httpInput(allowed.url, { testPath: 'status/401' }))
    await tested(owner, id)
    const events = await outboxOf(subgraph, organizationId)
    expect(events.at(-1)?.data).toMatchObject({
      action: 'connection.tested',
      targets: [{ type: 'connection', id }],
      context: { detail: { status: 'NEEDS_REAUTH' } },
    })
  })

  it('calls nobody for a connection that lacks its secret', async () => {
    const { owner } = newMembers()
    const id = await create(owner, { ...httpInput(allowed.url), secrets: [] })
    const before = allowed.received.length
    expect(await tested(owner, id)).toMatchObject({ status: 'INACTIVE', lastTestedAt: null })
    expect(allowed.received.length).toBe(before)
  })
})

describe('the address guard', () => {
  it.each([['http://localhost:PORT/'], ['http://localhost.:PORT/']])(
    'keeps testConnection from %s',
    async (address) => {
      const { owner } = newMembers()
      const id = await create(owner, httpInput(address.replace('PORT', String(inner.port))), guarded)
      const found = await tested(owner, id, guarded)
      expect(found).toMatchObject({ status: 'DEGRADED', statusReason: 'The host is not on the public internet.' })
      expect(inner.received).toHaveLength(0)
    },
  )

  it('keeps the http connector from the platform’s own address, which only the forgeops connector may call', async () => {
    const { owner } = newMembers()
    const { errors } = await guarded.ask(owner, createConnectionMutation, { input: httpInput(gateway.url) })
    expect(errors?.[0]?.extensions.code).toBe('EGRESS_REFUSED')
    const id = await create(owner, httpInput(`http://localhost:${gateway.port}/`), guarded)
    const before = gateway.received.length
    expect(await tested(owner, id, guarded)).toMatchObject({ status: 'DEGRADED' })
    expect(gateway.received.length).toBe(before)
    const own = await create(owner, { connector: 'forgeops', name: 'platform' }, guarded)
    expect(await tested(owner, own, guarded)).toMatchObject({ status: 'ACTIVE' })
  })

  it.each([
    ['http://127.0.0.1:PORT/'],
    ['http://localhost:PORT/'],
    ['http://[::ffff:127.0.0.1]:PORT/'],
    ['http://169.254.169.254/latest/meta-data/'],
  ])('does not follow a redirect to %s', async (location) => {
    const { owner } = newMembers()
    const target = encodeURIComponent(location.replace('PORT', String(inner.port)))
    const id = await create(owner, httpInput(allowed.url, { testPath: `redirect/${target}` }))
    const found = await tested(owner, id)
    expect(found).toMatchObject({ status: 'DEGRADED', statusReason: 'The host is not on the public internet.' })
    expect(inner.received).toHaveLength(0)
  })
})
