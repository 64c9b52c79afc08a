import { readFileSync } from 'node:fs'
import Ajv from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describedRoutes, differences, openapiFile, registeredRoutes } from '../../scripts/check-openapi.ts'
import { type Edge, openEdge } from '../kit/edge.ts'
import { openTokenIssuer, type TokenIssuer } from '../kit/token-issuer.ts'
import { openToySupergraph, type ToySupergraph } from '../kit/toy-supergraph.ts'

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>
  >
}

const document = JSON.parse(readFileSync(openapiFile, 'utf8'))
const ajv = new Ajv.default({ strict: false })
ajv.addSchema(document, 'openapi')

describe('the description of the HTTP routes', () => {
  let toy: ToySupergraph
  let issuer: TokenIssuer
  let edge: Edge
  beforeAll(async () => {
    toy = await openToySupergraph()
    issuer = await openTokenIssuer('http://localhost:4000/api')
    edge = await openEdge(toy, { JWKS_URL: issuer.jwksUrl, PLAYGROUND: 'on' })
  })
  afterAll(async () => {
    await edge?.close()
    await issuer?.close()
    await toy?.close()
  })

  it('names the routes that the gateway serves, and no other', async () => {
    expect(differences(await registeredRoutes(toy.path), describedRoutes(document))).toEqual([])
  })

  it('says so when one side has a route that the other lacks', () => {
    expect(differences(['GET 4000 /a', 'GET 4000 /b'], ['GET 4000 /b', 'POST 4000 /b'])).toEqual([
      `${openapiFile} does not describe GET 4000 /a`,
      'The gateway does not serve POST 4000 /b',
    ])
  })

  const json = { 'content-type': 'application/json' }
  it.each([
    ['GET', '/api/health', {}],
    ['GET', '/api/health/live', {}],
    ['GET', '/api/health/ready', {}],
    ['GET', '/health', {}],
    ['GET', '/health/live', {}],
    ['GET', '/health/ready', {}],
    ['GET', '/metrics', {}],
    ['GET', '/api/status', {}],
    ['GET', '/api/status', { headers: { authorization: 'Bearer a.b.c' } }],
    ['GET', '/api/.well-known/jwks.json', {}],
    ['GET', '/api/playground', {}],
    ['GET', '/api/playground/assets/{name}', {}],
    ['GET', '/api/graphql', { headers: { accept: 'text/html' } }],
    ['GET', '/api/graphql', { headers: json, query: 'query={shelf}' }],
    ['GET', '/api/graphql', { headers: json, query: 'query=mutation{greet(id:"a1")}' }],
    ['POST', '/api/graphql', { headers: json, body: '{"query":"{ books { title } authors { name email } }"}' }],
    ['POST', '/api/graphql', { headers: json, body: '{"query":"{ nope }"}' }],
    ['POST', '/api/graphql', { headers: json, body: '{' }],
    ['POST', '/api/graphql', { headers: { 'content-type': 'text/plain' }, body: 'x' }],
    ['POST', '/api/graphql', { headers: json, body: `"${'x'.repeat(1_100_000)}"` }],
    ['POST', '/api/graphql', { headers: { ...json, authorization: 'Basic x' }, body: '{}' }],
  ] as const)('tells status, type and shape of what %s %s answers: %o', async (method, path, request) => {
    const { query, ...init } = request as { query?: string; headers?: Record<string, string>; body?: string }
    const origin = path === '/metrics' ? edge.opsOrigin : edge.origin
    const url = `${origin}${path.replace('{name}', 'no-such-file.js')}${query === undefined ? '' : `?${query}`}`
    const response = await fetch(url, { method, redirect: 'manual', ...init })
    await expectDescribed(method, path, response)
  })

  it('tells the shape of the state that an operator sees', async () => {
    const token = await issuer.token({ claims: { scope: 'ops:read' } })
    const response = await fetch(`${edge.origin}/api/status`, { headers: { authorization: `Bearer ${token}` } })
    expect(response.status).toBe(200)
    await expectDescribed('GET', '/api/status', response)
  })
})

async function expectDescribed(method: string, path: string, response: Response): Promise<void> {
  const text = await response.text()
  const operation = document.paths[path][method.toLowerCase()] as Operation
  const described = operation.responses[response.status]
  expect(Object.keys(operation.responses)).toContain(String(response.status))
  expect(response.headers.get('x-request-id')).toBeTruthy()
  if (described?.content === undefined) return
  const type = response.headers.get('content-type')?.split(';')[0] ?? ''
  expect(Object.keys(described.content)).toContain(type)
  if (!type.endsWith('json')) return
  const pointer = ['paths', path, method.toLowerCase(), 'responses', response.status, 'content', type, 'schema']
  const escaped = pointer.map((part) => encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1')))
  const validate = ajv.compile({ $ref: `openapi#/${escaped.join('/')}` })
  validate(JSON.parse(text))
  expect(validate.errors ?? []).toEqual([])
}
