import { describe, expect, it } from 'vitest'
import { gatewayConfig } from './config.ts'

const jwks = { JWKS_URL: 'http://127.0.0.1:4001/.well-known/jwks.json' }
const key = Buffer.alloc(32, 1).toString('base64')

describe('the gateway reads', () => {
  it('defaults that serve a developer and leave nothing open', () => {
    expect(gatewayConfig(jwks)).toMatchObject({
      environment: 'production',
      publicUrl: 'http://localhost:4000/api',
      basePath: '/api',
      port: 4000,
      opsPort: 9464,
      supergraphPath: 'gateway/supergraph.graphql',
      jwksUrl: jwks.JWKS_URL,
      playground: false,
      trustedProxies: [],
    })
  })

  it.each([
    ['https://api.example.com', ''],
    ['https://api.example.com/', ''],
    ['https://api.example.com/api', '/api'],
    ['https://api.example.com/api/', '/api'],
    ['https://example.com/a/b-c/v1.2', '/a/b-c/v1.2'],
  ])('the base path of %s as "%s"', (url, basePath) => {
    expect(gatewayConfig({ ...jwks, PUBLIC_URL: url }).basePath).toBe(basePath)
  })

  it('the playground as on in development, and as told elsewhere', () => {
    const playground = (variables: Record<string, string>) => gatewayConfig({ ...jwks, ...variables }).playground
    expect(playground({ ENVIRONMENT: 'development' })).toBe(true)
    expect(playground({ ENVIRONMENT: 'development', PLAYGROUND: 'off' })).toBe(false)
    expect(playground({ PLAYGROUND: 'on' })).toBe(true)
  })

  it('production as no place for AUTH=off, and as the defaults of what says nothing of the place', () => {
    expect(gatewayConfig({ AUTH: 'off' })).toMatchObject({ environment: 'development', playground: false })
    expect(gatewayConfig({ AUTH: 'off', ENVIRONMENT: 'development' }).environment).toBe('development')
    expect(() => gatewayConfig({ AUTH: 'off', ENVIRONMENT: 'production' })).toThrow('AUTH=off is not for')
    expect(gatewayConfig(jwks).environment).toBe('production')
  })

  it('no key address with AUTH=off, which then is all that is off', () => {
    expect(gatewayConfig({ AUTH: 'off' }).jwksUrl).toBeNull()
    expect(gatewayConfig({ AUTH: 'off', ...jwks }).jwksUrl).toBeNull()
  })

  it('urls and keys by subgraph', () => {
    const config = gatewayConfig({
      ...jwks,
      SUBGRAPH_URLS: 'a=http://10.0.0.1:1/graphql?x=1,b=https://b.example.com/graphql',
      SUBGRAPH_KEYS: `a=${key}, b=${key}`,
    })
    expect([...config.subgraphUrls]).toEqual([
      ['a', 'http://10.0.0.1:1/graphql?x=1'],
      ['b', 'https://b.example.com/graphql'],
    ])
    expect(config.subgraphKeys.get('b')).toEqual(Buffer.alloc(32, 1))
  })

  it('a public url that is none as that one fault', () => {
    expect(() => gatewayConfig({ ...jwks, PUBLIC_URL: 'nowhere' })).toThrow(
      /has 1 fault:\n {2}PUBLIC_URL must be a http/,
    )
  })

  it('all faults at once, by name and without the values', () => {
    const read = () =>
      gatewayConfig({
        PUBLIC_URL: 'https://api.example.com/:id?x',
        PORT: '70000',
        TRUSTED_PROXIES: '10.0.0.0/8,everyone',
        SUBGRAPH_KEYS: 'a=c2hvcnQ=',
        SUBGRAPH_URLS: 'a=ftp://10.0.0.1',
        AUTH: 'perhaps',
      })
    const names = [
      'PUBLIC_URL',
      'PORT',
      'TRUSTED_PROXIES',
      'SUBGRAPH_KEYS',
      'SUBGRAPH_URLS',
      'AUTH',
      'JWKS_URL is not set.',
    ]
    for (const name of names) expect(read).toThrow(name)
    expect(read).not.toThrow(/c2hvcnQ|everyone|perhaps/)
  })
})
