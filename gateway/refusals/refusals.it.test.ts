import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { systemCaller, systemOrganizationId } from '#platform/caller/caller'
import { findPage } from '#platform/graphql/find-page'
import { newId } from '#platform/id'
import { auditConfig } from '../../subgraphs/audit/config.ts'
import { AuditEvent } from '../../subgraphs/audit/event/event.entity.ts'
import { loadTargets } from '../../subgraphs/audit/event/event.queries.ts'
import { audit } from '../../subgraphs/audit/subgraph.ts'
import { type Edge, openEdge } from '../../tests/kit/edge.ts'
import { openRevocationIssuer } from '../../tests/kit/revocation-issuer.ts'
import { openSubgraph } from '../../tests/kit/subgraph.ts'
import { openTokenIssuer, type TokenIssuer } from '../../tests/kit/token-issuer.ts'
import { openToyOffice, type ToyOffice } from '../../tests/kit/toy-office.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'

let subgraph: Awaited<ReturnType<typeof openAudit>>
let way: Awaited<ReturnType<typeof openWay>>
let office: ToyOffice
let issuer: TokenIssuer
let edge: Edge
const openAudit = () => openSubgraph(audit, auditConfig)
beforeAll(async () => {
  subgraph = await openAudit()
  way = await openWay(subgraph.url)
  office = await openToyOffice()
  issuer = await openTokenIssuer('http://localhost:4000/api')
  edge = await openEdge(...configured({ JWKS_URL: issuer.jwksUrl }))
})
beforeEach(() => {
  way.isOpen = true
})
afterAll(async () => {
  await edge?.close()
  await Promise.all([office.close(), issuer.close(), way.close()])
  await subgraph.close()
})

/** A gateway over the toy office that knows audit as who keeps refusals. */
const configured = (more: Record<string, string>): Parameters<typeof openEdge> => [
  {
    path: office.guardedPath,
    keys: { ...office.keys, audit: Buffer.from(subgraph.config.requestKey).toString('base64') },
  },
  { SUBGRAPH_URLS: `audit=${way.url}/graphql`, REFUSALS_SUBGRAPH: 'audit', OPERATION_LIMITS: 'aliases=none', ...more },
]

/** The way to the real audit, which can be closed. */
async function openWay(target: string) {
  const server = createServer(async (request, reply) => {
    way.requests += 1
    if (!way.isOpen) return void reply.destroy()
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => !/^(host|connection|content-length)$/.test(name)),
    ) as Record<string, string>
    const body = await buffer(request)
    const answer = await fetch(`${target}${request.url}`, { method: 'POST', headers, body })
    reply.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    isOpen: true,
    requests: 0,
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}

/** The organization's trail, oldest first. */
async function trail(organizationId: string) {
  const ctx = subgraph.ctxFor(systemCaller(organizationId))
  const { edges } = await findPage(ctx, AuditEvent, {}, { first: 100 })
  const events = edges.map(({ node }) => node).reverse()
  return Promise.all(
    events.map(async ({ action, outcome, actorType, actorId, context, id }) => ({
      ...{ action, outcome, actorType, actorId, context },
      targets: (await loadTargets(ctx, id)).map(({ type, targetId }) => `${type} ${targetId}`),
    })),
  )
}
const token = (org: string, claims: object = {}) => issuer.token({ claims: { org, sub: 'u1', scope: '', ...claims } })
const traceId = () => newId().replaceAll('-', '')
const told = (organizationId: string, times = 1) =>
  waitFor(`${times} records`, async () => {
    const events = await trail(organizationId)
    return events.length >= times && events
  })

test('2 000 denied fields of one coordinate are one record, in the organization of the token and no other', async () => {
  const [organizationId, other, trace] = [newId(), newId(), traceId()]
  const fields = Array.from({ length: 2_000 }, (_, i) => `s${i}: salary`).join(' ')
  const { body, headers } = await edge.query(`{ people { name ${fields} } }`, {
    token: await token(organizationId),
    headers: {
      'user-agent': 'curl/8',
      traceparent: `00-${trace}-${'1'.repeat(16)}-01`,
      'forgeops-caller': Buffer.from(JSON.stringify({ organizationId: other })).toString('base64url'),
    },
  })
  expect(body.errors).toHaveLength(1_000)
  expect(await told(organizationId)).toMatchObject([
    {
      action: 'access.refused',
      outcome: 'refused',
      actorType: 'user',
      actorId: 'u1',
      targets: ['field Person.salary'],
      context: {
        address: '127.0.0.1',
        userAgent: 'curl/8',
        traceId: trace,
        requestId: headers.get('x-request-id'),
        detail: { code: 'UNAUTHORIZED_FIELD_OR_TYPE', count: 2_000 },
      },
    },
  ])
  expect(await trail(other)).toEqual([])
})

test('each kind of refusal at the edge leaves one record', async () => {
  const organizationId = newId()
  const agent = await token(organizationId, { act: { sub: 'a1' }, run: 'r1' })
  await edge.query('mutation { hire(name: "x") { id } }', { token: agent })
  await edge.query('{ ledger people { badge } }', { token: agent })
  await fetch(`${edge.origin}/api/status`, { headers: { authorization: `Bearer ${agent}` } })
  await edge.query('{ open }', { token: agent, headers: { 'x-view-as-role': 'viewer' } })
  await fetch(`${edge.graphqlUrl}/explain`, { method: 'POST', headers: { authorization: `Bearer ${agent}` } })
  const events = await told(organizationId, 6)
  expect(events.map(({ targets, context }) => `${targets[0]} ${context.detail.code}`).sort()).toEqual([
    'field Mutation.hire UNAUTHORIZED_FIELD_OR_TYPE',
    'field Person.badge UNAUTHORIZED_FIELD_OR_TYPE',
    'field Query.ledger UNAUTHORIZED_FIELD_OR_TYPE',
    'route GET /status FORBIDDEN',
    'route POST /graphql FORBIDDEN',
    'route POST /graphql/explain FORBIDDEN',
  ])
  expect(new Set(events.map(({ actorType, actorId }) => `${actorType} ${actorId}`))).toEqual(new Set(['agent a1']))
})

test('refused credentials are nobody’s, in the system organization, whatever they claim', async () => {
  const [organizationId, userAgent] = [newId(), `client ${newId()}`]
  const headers = { 'user-agent': userAgent }
  const expired = await issuer.token({ claims: { org: organizationId }, expiresIn: -60 })
  await edge.query('{ open }', { token: expired, headers })
  await edge.query('{ open }', { token: expired, headers })
  await edge.query('{ open }', { token: `${(await token(organizationId)).slice(0, -9)}AAAAAAAAA`, headers })
  await edge.query('{ open }', { headers: { ...headers, authorization: 'Basic x' } })
  await edge.query('{ me { id } }', { headers })
  await edge.query('{ __schema { types { name } } }', { headers })
  const own = await waitFor('five records', async () => {
    const events = (await trail(systemOrganizationId)).filter(({ context }) => context.userAgent === userAgent)
    return events.length >= 5 && events
  })
  const kinds = own.map(({ targets, context: { detail } }) => `${targets[0] ?? detail.reason} ${detail.count}`)
  expect(kinds.sort()).toEqual([
    'expired 2',
    'field Query.__schema 1',
    'field Query.me 1',
    'no access token 1',
    'not valid 1',
  ])
  expect(new Set(own.map(({ actorType, actorId }) => `${actorType} ${actorId}`))).toEqual(new Set(['anonymous null']))
  expect(await trail(organizationId)).toEqual([])
})

test('a revoked token leaves a record too, and one that cannot be checked leaves none', async () => {
  const userAgent = `client ${newId()}`
  const revocations = await openRevocationIssuer(issuer.jwksUrl, Buffer.from(office.keys.staff ?? '', 'base64'))
  const keysUrl = `${revocations.origin}/.well-known/jwks.json`
  const strict = await openEdge(...configured({ JWKS_URL: keysUrl, ISSUER_SUBGRAPH: 'staff' }))
  const keyless = await openEdge(...configured({ JWKS_URL: `${way.url}/no-keys` }))
  revocations.revoke('session:session-1')
  const asked = { token: await token(newId()), headers: { 'user-agent': userAgent } }
  await waitFor('the revocation', async () => (await strict.query('{ open }', asked)).status === 401)
  expect((await keyless.query('{ open }', asked)).status).toBe(503)
  await Promise.all([strict.close(), keyless.close(), revocations.close()])
  const own = (await trail(systemOrganizationId)).filter(({ context }) => context.userAgent === userAgent)
  expect(own).toMatchObject([{ actorType: 'anonymous', context: { detail: { reason: 'revoked', count: 1 } } }])
})

const counted = async () => {
  const metrics = await (await fetch(`${edge.opsOrigin}/metrics`)).text()
  return Number(/^gateway_refusals_total\{.*code="UNAUTHORIZED_FIELD_OR_TYPE".*\} (\d+)$/m.exec(metrics)?.[1])
}

test('while audit is away nobody waits, and what is held arrives when it is back', async () => {
  const organizationId = newId()
  way.isOpen = false
  way.requests = 0
  const before = await counted()
  const started = performance.now()
  for (let i = 0; i < 20; i += 1)
    await edge.query('{ ledger open }', { token: await token(organizationId, { sub: `u${i}` }) })
  expect(performance.now() - started).toBeLessThan(5_000)
  expect((await counted()) - before).toBe(20)
  await waitFor('three attempts', () => way.requests >= 3)
  expect(await trail(organizationId)).toEqual([])
  way.isOpen = true
  expect(new Set((await told(organizationId, 20)).map(({ actorId }) => actorId)).size).toBe(20)
})

test('a gateway that is told to stop hands over what it has', async () => {
  const organizationId = newId()
  const stopped = await openEdge(...configured({ JWKS_URL: issuer.jwksUrl }))
  await stopped.query('{ ledger }', { token: await token(organizationId) })
  await stopped.close()
  expect(await trail(organizationId)).toHaveLength(1)
})
