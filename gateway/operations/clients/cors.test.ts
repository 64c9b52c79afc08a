import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '#platform/http/create-app'
import { createLogger } from '#platform/log/logger'
import { createMetrics } from '#platform/telemetry/metrics'
import { Tracer } from '#platform/telemetry/tracer'
import { answerCors } from './cors.ts'
import { CorsPolicies } from './cors-policies.ts'
import { profileFile } from './profile-file.ts'

const page = 'https://web.example.com'
const shop = 'https://shop.example.com'
const binding = { apiKey: true }
const folder = (origins: string[], cors: object = {}) => ({
  profile: profileFile.parse({ description: 'x', bindings: [binding], origins, cors }),
})
const policies = new CorsPolicies([
  folder([page, 'self'], { headers: ['X-Tenant'], maxAgeSeconds: 60 }),
  folder([page, shop], { methods: ['POST'], credentials: true }),
  folder([shop], { methods: ['POST'], headers: ['X-Cart'] }),
])

describe('a page of another origin', () => {
  const log = createLogger({ service: 't', version: '1', environment: 't', level: 'silent' })
  const app = createApp({ log, metrics: createMetrics('t'), tracer: new Tracer(0, null), bodyBytesMax: 100 })
  beforeAll(() => {
    answerCors(app, policies)
    app.post('/graphql', async (_request, reply) => reply.header('vary', 'accept').send({ data: null }))
    app.get('/refused', async (_request, reply) => reply.code(401).send({}))
  })
  afterAll(() => app.close())
  const send = (method: 'POST' | 'GET' | 'OPTIONS', url: string, headers: Record<string, string>) =>
    app.inject({ method, url, headers, ...(method === 'POST' ? { payload: {} } : {}) })
  const preflight = (origin: string) =>
    send('OPTIONS', '/graphql', {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'x-evil',
    })
  const cors = (headers: object) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')))
  const known =
    'accept, apollo-require-preflight, authorization, content-type, idempotency-key, traceparent, tracestate, x-api-key, x-client-id, x-request-id'

  test('is told beforehand what all clients of its origin may together', async () => {
    const answer = await preflight(page)
    expect([answer.statusCode, answer.body, answer.headers.vary]).toEqual([204, '', 'origin'])
    expect(cors(answer.headers)).toEqual({
      'access-control-allow-origin': page,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': `${known}, x-tenant`.split(', ').sort().join(', '),
      'access-control-expose-headers':
        'age, retry-after, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, x-request-id',
      'access-control-max-age': '60',
    })
    expect(cors((await preflight(shop)).headers)).toMatchObject({
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': expect.stringContaining('x-cart'),
    })
  })

  test('may read answers and refusals, their request id and their limits', async () => {
    for (const answer of [
      await send('POST', '/graphql', { origin: page }),
      await send('GET', '/refused', { origin: page }),
      await send('GET', '/nowhere', { origin: page }),
      await app.inject({ method: 'POST', url: '/graphql', headers: { origin: page }, payload: { x: 'x'.repeat(200) } }),
    ]) {
      expect(answer.headers['access-control-allow-origin']).toBe(page)
      expect(answer.headers['access-control-expose-headers']).toContain('x-request-id')
      expect(answer.headers.vary).toMatch(/origin$/)
    }
  })

  test('that is no client’s gets no CORS header, and `null` never does', async () => {
    const strangers = [
      'https://evil.example.com',
      'null',
      `${page}.evil.com`,
      'http://web.example.com',
      `${page}:444`,
      'self',
      '*',
    ]
    for (const origin of strangers) {
      for (const answer of [await preflight(origin), await send('POST', '/graphql', { origin })])
        expect([cors(answer.headers), answer.headers.vary]).toEqual([{}, expect.stringMatching(/origin$/)])
      expect(policies.isOriginAllowed(origin, 'api.example.com')).toBe(false)
    }
  })

  test('and what is asked without an origin differ in the cache', async () => {
    const answer = await send('POST', '/graphql', {})
    expect([cors(answer.headers), answer.headers.vary]).toEqual([{}, 'accept, origin'])
  })

  test('may send cookies only where a profile says so', () => {
    const plain = new CorsPolicies([folder([page])])
    expect([plain.of(page)?.credentials, policies.of(page)?.credentials]).toEqual([false, true])
  })

  test('may open a WebSocket when it is a client’s; so may the gateway’s own pages, and what is no browser', () => {
    const allowed = (origin: string | undefined, host?: string) => policies.isOriginAllowed(origin, host)
    expect([allowed(page), allowed(undefined), allowed('https://api.example.com', 'API.example.com')]).toEqual([
      true,
      true,
      true,
    ])
    expect([allowed('https://api.example.com', 'other.example.com'), allowed('https://api.example.com')]).toEqual([
      false,
      false,
    ])
  })
})
