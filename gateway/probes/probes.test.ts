import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ask, type Edge, openEdge } from '../../tests/kit/edge.ts'
import { openTokenIssuer, type TokenIssuer } from '../../tests/kit/token-issuer.ts'
import { openToySupergraph, type ToySupergraph } from '../../tests/kit/toy-supergraph.ts'

const publicUrl = 'http://localhost:4000/api'

describe('the status of the gateway', () => {
  let toy: ToySupergraph
  let issuer: TokenIssuer
  let edge: Edge
  beforeAll(async () => {
    toy = await openToySupergraph()
    issuer = await openTokenIssuer(publicUrl)
    edge = await openEdge(toy, { JWKS_URL: issuer.jwksUrl })
  })
  afterAll(async () => {
    await edge.close()
    await Promise.all([toy.close(), issuer.close()])
  })
  const status = (token?: string) =>
    ask(`${edge.origin}/api/status`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })

  it('is for who holds ops:read, and for nobody else', async () => {
    const anonymous = await status()
    expect([anonymous.status, anonymous.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect(anonymous.body.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
    const forged = await status('a.b.c')
    expect(forged.status).toBe(401)
    const member = await status(await issuer.token({ claims: { scope: 'agent:read audit:read', roles: ['owner'] } }))
    expect([member.status, member.body.errors?.[0]?.extensions.code]).toEqual([403, 'FORBIDDEN'])
  })

  it('names the subgraphs and how they are, but no url and no secret', async () => {
    const token = await issuer.token({ claims: { scope: 'ops:read' } })
    await edge.query('{ shelf }')
    const well = await status(token)
    expect(well.status).toBe(200)
    expect(well.headers.get('content-type')).toContain('application/health+json')
    expect(well.body).toEqual({
      status: 'pass',
      service: 'gateway',
      version: expect.any(String),
      environment: 'production',
      uptimeSeconds: expect.any(Number),
      trustedDocuments: { registered: 0, leftOut: 0 },
      supergraphId: expect.stringMatching(/^[0-9a-f]{64}$/),
      supergraph: { loadedAt: expect.any(String), source: 'file', lastReloadError: null },
      subgraphs: [
        { name: 'library', status: 'pass', breaker: 'closed', lastFetch: { outcome: 'ok', at: expect.any(String) } },
        { name: 'people', status: 'pass', breaker: 'closed', lastFetch: null },
      ],
    })

    await toy.people.close()
    await edge.query('{ authors { id } }')
    const ill = await status(token)
    expect(ill.body).toMatchObject({
      status: 'warn',
      subgraphs: [{ status: 'pass' }, { status: 'fail', lastFetch: { outcome: 'unreachable' } }],
    })
    for (const secret of ['127.0.0.1', toy.keys.library, issuer.jwksUrl]) expect(ill.text).not.toContain(secret)
  })
})

describe('the live probe', () => {
  it('touches nothing: everything else down, and a token that is none, it answers in under 10 ms', async () => {
    const toy = await openToySupergraph()
    await Promise.all([toy.library.close(), toy.people.close()])
    const edge = await openEdge(toy, { JWKS_URL: 'http://127.0.0.1:9/jwks.json' })
    try {
      const took: number[] = []
      for (let i = 0; i < 21; i += 1) {
        const start = performance.now()
        const { status, text } = await ask(`${edge.origin}/health`, { headers: { authorization: 'Bearer x' } })
        took.push(performance.now() - start)
        expect([status, text]).toEqual([200, '{"status":"UP"}'])
      }
      expect(took.toSorted((a, b) => a - b)[10]).toBeLessThan(10)
    } finally {
      await edge.close()
      await toy.close()
    }
  })
})

describe('the base path', () => {
  let toy: ToySupergraph
  let edge: Edge | undefined
  beforeAll(async () => {
    toy = await openToySupergraph()
  })
  afterEach(async () => {
    await edge?.close()
    edge = undefined
  })
  afterAll(() => toy.close())

  it.each([
    ['http://localhost:4000', ''],
    ['http://localhost:4000/api', '/api'],
    ['https://example.com/edge/v1/', '/edge/v1'],
  ])('of %s carries every route, the probes also without it', async (url, base) => {
    edge = await openEdge(toy, { AUTH: 'off', PLAYGROUND: 'on', PUBLIC_URL: url })
    const { origin } = edge
    const codeOf = async (path: string, init?: RequestInit) =>
      (await fetch(`${origin}${path}`, { redirect: 'manual', ...init })).status
    expect((await edge.query('{ shelf }')).body).toEqual({ data: { shelf: 'north' } })
    for (const prefix of new Set(['', base])) {
      for (const probe of ['health', 'health/live', 'health/ready'])
        expect(await codeOf(`${prefix}/${probe}`)).toBe(200)
    }
    expect(await codeOf(`${base}/status`)).toBe(401)
    const browser = await fetch(`${origin}${base}/graphql`, { headers: { accept: 'text/html' }, redirect: 'manual' })
    expect([browser.status, browser.headers.get('location')]).toEqual([302, `${base}/playground`])
    expect([200, 503]).toContain(await codeOf(`${base}/playground`))
    if (base !== '') {
      for (const path of ['/graphql', '/status', '/playground']) expect(await codeOf(path)).toBe(404)
    }
    expect(await codeOf(`${base}/metrics`)).toBe(404)
  })

  it('has no playground unless asked for', async () => {
    edge = await openEdge(toy, { AUTH: 'off' })
    expect((await fetch(`${edge.origin}/api/playground`)).status).toBe(404)
    const browser = await fetch(edge.graphqlUrl, { headers: { accept: 'text/html' }, redirect: 'manual' })
    expect(browser.status).toBe(406)
  })

  it('answers where nothing is with a code', async () => {
    edge = await openEdge(toy, { AUTH: 'off' })
    const { status, body } = await ask(`${edge.origin}/api/nothing`)
    expect([status, body.errors?.[0]?.extensions.code]).toEqual([404, 'NOT_FOUND'])
  })
})

describe('the metrics', () => {
  it('are on a listener of their own: process, HTTP by route, subgraphs by outcome', async () => {
    const toy = await openToySupergraph()
    const edge = await openEdge(toy, { AUTH: 'off' })
    try {
      await toy.people.close()
      await edge.query('{ shelf authors { id } }')
      const { status, text } = await ask(`${edge.opsOrigin}/metrics`)
      expect(status).toBe(200)
      expect(text).toMatch(/^process_cpu_seconds_total\{service="gateway"\}/m)
      const counted = (name: string, labels: string) =>
        expect(text).toContain(`\n${name}_count{service="gateway",${labels}} 1\n`)
      counted('http_request_duration_seconds', 'method="POST",route="/api/graphql",status="200"')
      counted('gateway_subgraph_request_duration_seconds', 'subgraph="library",outcome="ok"')
      counted('gateway_subgraph_request_duration_seconds', 'subgraph="people",outcome="unreachable"')
    } finally {
      await edge.close()
      await toy.close()
    }
  })
})
