import { exportJWK, generateKeyPair, UnsecuredJWT } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Edge, openEdge } from '../../tests/kit/edge.ts'
import { openTokenIssuer, type TokenIssuer, type TokenOptions } from '../../tests/kit/token-issuer.ts'
import { openToySupergraph, type ToySupergraph } from '../../tests/kit/toy-supergraph.ts'

const publicUrl = 'https://api.example.com/api'

describe('who asks', () => {
  let toy: ToySupergraph
  let issuer: TokenIssuer
  let edge: Edge
  beforeAll(async () => {
    toy = await openToySupergraph()
    issuer = await openTokenIssuer(publicUrl)
    edge = await openEdge(toy, { PUBLIC_URL: publicUrl, JWKS_URL: issuer.jwksUrl })
  })
  beforeEach(() => {
    toy.library.requests.length = 0
  })
  afterAll(async () => {
    await edge.close()
    await Promise.all([toy.close(), issuer.close()])
  })

  it('reaches the subgraphs signed, as the token says it', async () => {
    const claims = {
      org: 'organization-7',
      scope: 'agent:read  run:start',
      roles: ['operator'],
      act: { sub: 'agent-3' },
      run: 'run-4',
    }
    const { status } = await edge.query('{ shelf }', { token: await issuer.token({ claims }) })
    expect(status).toBe(200)
    expect(toy.library.requests[0]?.caller).toEqual({
      kind: 'user',
      userId: 'user-1',
      organizationId: 'organization-7',
      scopes: ['agent:read', 'run:start'],
      roles: ['operator'],
      sessionId: 'session-1',
      apiKeyId: null,
      authTime: null,
      userAgent: 'node',
      agentId: 'agent-3',
      runId: 'run-4',
      address: '127.0.0.1',
    })
  })

  it('names the application that the token was issued to, where its issuer does', async () => {
    for (const claims of [{}, { client_id: 'web' }, { azp: 'app' }])
      await edge.query('{ shelf }', { token: await issuer.token({ claims }) })
    expect(toy.library.requests.map(({ caller }) => caller?.clientId)).toEqual([undefined, 'web', 'app'])
  })

  it('is nobody without a token, and the token itself never leaves the gateway', async () => {
    await edge.query('{ shelf }')
    await edge.query('{ shelf }', { token: await issuer.token() })
    expect(toy.library.requests[0]?.caller).toMatchObject({ kind: 'anonymous', userId: null, address: '127.0.0.1' })
    expect(toy.library.requests[1]?.headers.authorization).toBeUndefined()
  })

  it('comes from the address of the socket, unless the peer is a proxy that we trust', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.9, 198.51.100.7' }
    await edge.query('{ shelf }', { headers })
    const variables = { PUBLIC_URL: publicUrl, JWKS_URL: issuer.jwksUrl, TRUSTED_PROXIES: '127.0.0.0/8' }
    const behindProxy = await openEdge(toy, variables)
    try {
      await behindProxy.query('{ shelf }', { headers })
    } finally {
      await behindProxy.close()
    }
    expect(toy.library.requests.map((request) => request.caller?.address)).toEqual(['127.0.0.1', '198.51.100.7'])
  })

  it('is asked of a key read once, not once for each request', async () => {
    const before = issuer.reads()
    const token = await issuer.token()
    for (let i = 0; i < 5; i += 1) await edge.query('{ shelf }', { token })
    expect(issuer.reads()).toBe(before)
  })

  it('allows for clocks five seconds apart, and no more', async () => {
    expect((await edge.query('{ shelf }', { token: await issuer.token({ expiresIn: -3 }) })).status).toBe(200)
    expect((await edge.query('{ shelf }', { token: await issuer.token({ expiresIn: -7 }) })).status).toBe(401)
  })

  const refused: [string, () => TokenOptions | Promise<TokenOptions>][] = [
    ['expired', () => ({ expiresIn: -60 })],
    ['signed by another key', async () => ({ key: (await generateKeyPair('EdDSA', { crv: 'Ed25519' })).privateKey })],
    ['signed with HS256', () => ({ header: { alg: 'HS256' }, key: Buffer.alloc(32, 7) })],
    [
      'signed with HS256, with the public key as its secret',
      () => ({ header: { alg: 'HS256' }, key: Buffer.from(issuer.published[0]?.x ?? '', 'base64url') }),
    ],
    [
      'signed with HS256, with the public key’s text as its secret',
      () => ({ header: { alg: 'HS256' }, key: Buffer.from(JSON.stringify(issuer.published[0])) }),
    ],
    ['signed with ES256', async () => ({ header: { alg: 'ES256' }, key: (await generateKeyPair('ES256')).privateKey })],
    [
      'that brings its own key',
      async () => {
        const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
        return { header: { jwk: await exportJWK(publicKey), jku: issuer.jwksUrl }, key: privateKey }
      },
    ],
    ['of another issuer', () => ({ claims: { iss: 'https://other.example.com' } })],
    ['for another audience', () => ({ claims: { aud: 'https://other.example.com' } })],
    ['of another type', () => ({ header: { typ: 'JWT' } })],
    ['of no type', () => ({ header: { typ: undefined } })],
    ['for nobody', () => ({ claims: { aud: undefined } })],
    ['of nobody', () => ({ claims: { iss: undefined } })],
    ['without an end', () => ({ claims: { exp: undefined } })],
    ['not yet valid', () => ({ claims: { nbf: Math.floor(Date.now() / 1000) + 60 } })],
    ['without an organization', () => ({ claims: { org: undefined } })],
    ['without a subject', () => ({ claims: { sub: undefined } })],
    ['with roles that are no list', () => ({ claims: { roles: 'owner' } })],
  ]
  it.each(refused)('a token %s refuses the request and never falls through to nobody', async (_what, options) => {
    await expectRefused(await issuer.token(await options()))
  })

  it('a token that claims to need no signature refuses the request', async () => {
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: publicUrl, aud: publicUrl, sub: 'user-1', org: 'organization-1', iat: now, exp: now + 60 }
    await expectRefused(new UnsecuredJWT(claims).encode())
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt', kid: 'key-1' })).toString('base64url')
    await expectRefused(`${none}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`)
  })

  it('a changed token refuses the request', async () => {
    const [header, , signature] = (await issuer.token()).split('.')
    const [, payload] = (await issuer.token({ claims: { sub: 'user-2' } })).split('.')
    await expectRefused(`${header}.${payload}.${signature}`)
  })

  it.each(['Bearer', 'Bearer x', 'Basic dXNlcjpwYXNz', 'Bearer a.b.c, Bearer d.e.f'])(
    'the credentials "%s" refuse the request',
    async (authorization) => {
      const { status } = await edge.query('{ shelf }', { headers: { authorization } })
      expect(status).toBe(401)
      expect(toy.library.requests).toHaveLength(0)
    },
  )

  async function expectRefused(token: string) {
    const { status, headers, body } = await edge.query('{ shelf }', { token })
    expect(status).toBe(401)
    expect(headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
    expect(body).toEqual({
      errors: [{ message: 'The access token is not valid. Sign in again.', extensions: { code: 'UNAUTHENTICATED' } }],
    })
    expect(toy.library.requests).toHaveLength(0)
  }
})

describe('the keys that tokens are checked against', () => {
  let toy: ToySupergraph
  let issuer: TokenIssuer
  const opened: Edge[] = []
  const open = async () => {
    const edge = await openEdge(toy, { PUBLIC_URL: publicUrl, JWKS_URL: issuer.jwksUrl })
    opened.push(edge)
    return edge
  }
  beforeEach(async () => {
    toy = await openToySupergraph()
    issuer = await openTokenIssuer(publicUrl)
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((edge) => edge.close()))
    await Promise.all([toy.close(), issuer.close()])
  })

  it('may be out of reach: the gateway lives, serves the anonymous, and says 503 to tokens until they are there', async () => {
    issuer.up = false
    const edge = await open()
    const token = await issuer.token()
    const refused = await edge.query('{ shelf }', { token })
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('1')
    expect(refused.body.errors?.[0]?.extensions.code).toBe('SUBGRAPH_UNAVAILABLE')
    expect((await edge.query('{ shelf }')).status).toBe(200)
    expect((await fetch(`${edge.origin}/health/ready`)).status).toBe(200)
    expect((await fetch(`${edge.origin}/api/.well-known/jwks.json`)).status).toBe(503)

    issuer.up = true
    await expect.poll(async () => (await edge.query('{ shelf }', { token })).status).toBe(200)
  })

  it('are read anew for an unknown key at most once a minute', async () => {
    const edge = await open()
    await edge.query('{ shelf }', { token: await issuer.token() })
    await issuer.rotate()
    const before = issuer.reads()
    expect((await edge.query('{ shelf }', { token: await issuer.token() })).status).toBe(200)
    expect(issuer.reads()).toBe(before + 1)
    for (const kid of ['x', 'y', 'z']) {
      expect((await edge.query('{ shelf }', { token: await issuer.token({ header: { kid } }) })).status).toBe(401)
    }
    expect(issuer.reads()).toBe(before + 1)
  })

  it('are kept when the source goes away', async () => {
    const edge = await open()
    const token = await issuer.token()
    expect((await edge.query('{ shelf }', { token })).status).toBe(200)
    issuer.up = false
    await edge.query('{ shelf }', { token: await issuer.token({ header: { kid: 'unknown' } }) })
    expect((await edge.query('{ shelf }', { token })).status).toBe(200)
  })

  it('are used with EdDSA and nothing else, whatever the token and the key itself say', async () => {
    delete issuer.published[0]?.alg
    const edge = await open()
    expect((await edge.query('{ shelf }', { token: await issuer.token() })).status).toBe(200)
    const named = await issuer.token({ header: { alg: 'Ed25519' } })
    expect((await edge.query('{ shelf }', { token: named })).status).toBe(401)
  })

  it('are published below the base path, public parts only', async () => {
    const edge = await open()
    await edge.query('{ shelf }', { token: await issuer.token() })
    const answer = await fetch(`${edge.origin}/api/.well-known/jwks.json`)
    expect(answer.headers.get('content-type')).toContain('application/jwk-set+json')
    const key = { kty: 'OKP', crv: 'Ed25519', x: expect.any(String), kid: 'key-1', use: 'sig', alg: 'EdDSA' }
    expect(await answer.json()).toEqual({ keys: [key] })
  })
})
