import { expect, onTestFinished, test } from 'vitest'
import { ask, openEdge } from '../../../tests/kit/edge.ts'
import { openTokenIssuer } from '../../../tests/kit/token-issuer.ts'
import { json } from '../../../tests/kit/toy-subgraph.ts'
import { openToySupergraph } from '../../../tests/kit/toy-supergraph.ts'

const publicUrl = 'https://api.example.com/api'

async function openLimited(variables: Record<string, string>) {
  const toy = await openToySupergraph()
  const tokens = await openTokenIssuer(publicUrl)
  const edge = await openEdge(toy, {
    PUBLIC_URL: publicUrl,
    JWKS_URL: tokens.jwksUrl,
    TRUSTED_PROXIES: '127.0.0.1',
    RATE_LIMIT_PER_ADDRESS: 'off',
    RATE_LIMIT_PER_USER: 'off',
    RATE_LIMIT_PER_ORGANIZATION: 'off',
    ...variables,
  })
  onTestFinished(async () => {
    await Promise.all([edge, toy, tokens].map((each) => each.close()))
  })
  const from = (address: string, token?: string) =>
    edge.query('{ shelf }', { headers: { 'x-forwarded-for': address }, ...(token === undefined ? {} : { token }) })
  return { toy, tokens, edge, from }
}
const statuses = async (times: number, send: () => Promise<{ status: number }>) => {
  const all: number[] = []
  for (let i = 0; i < times; i += 1) all.push((await send()).status)
  return all
}

test('the request after the last one that an address has in a minute is refused, and says when to come again', async () => {
  const { toy, from } = await openLimited({ RATE_LIMIT_PER_ADDRESS: '3' })
  expect(await statuses(3, () => from('203.0.113.1'))).toEqual([200, 200, 200])
  const asked = toy.library.requests.length
  const refused = await from('203.0.113.1')
  const seconds = Number(refused.headers.get('retry-after'))
  expect(seconds).toBeGreaterThan(50)
  expect(seconds).toBeLessThanOrEqual(60)
  expect(refused.status).toBe(429)
  expect(refused.body).toEqual({
    errors: [
      {
        message: `Too many requests. Try again in ${seconds} seconds.`,
        extensions: { code: 'RATE_LIMITED', details: { retryAfterSeconds: seconds } },
      },
    ],
  })
  expect(toy.library.requests).toHaveLength(asked)
  expect((await from('203.0.113.2')).status).toBe(200)
})

test.each(['2001:db8:1:2::1', '2001:db8:1:2:aaaa::1'])(
  'one machine that chooses among its IPv6 addresses is one: %s',
  async (second) => {
    const { from } = await openLimited({ RATE_LIMIT_PER_ADDRESS: '1' })
    expect((await from('2001:db8:1:2::99')).status).toBe(200)
    expect((await from(second)).status).toBe(429)
    expect((await from('2001:db8:1:3::1')).status).toBe(200)
  },
)

test('a user has one limit wherever they ask from, and another user has another', async () => {
  const { from, tokens } = await openLimited({ RATE_LIMIT_PER_USER: '2' })
  const [token, other] = [await tokens.token(), await tokens.token({ claims: { sub: 'user-2' } })]
  expect((await from('203.0.113.1', token)).status).toBe(200)
  expect((await from('203.0.113.2', token)).status).toBe(200)
  expect((await from('203.0.113.3', token)).status).toBe(429)
  expect((await from('203.0.113.3', other)).status).toBe(200)
  expect((await from('203.0.113.3')).status).toBe(200)
})

test("what a user's agents ask is counted apart from what the user asks, and not by the worker's address", async () => {
  const { from, tokens } = await openLimited({ RATE_LIMIT_PER_USER: '2', RATE_LIMIT_PER_ADDRESS: '3' })
  const runs = await tokens.token({ claims: { sid: undefined, act: { sub: 'agent-1' }, run: 'run-1' } })
  expect(await statuses(3, () => from('10.0.0.9', runs))).toEqual([200, 200, 429])
  const token = await tokens.token()
  expect(await statuses(3, () => from('10.0.0.9', token))).toEqual([200, 200, 429])
})

test('all users of an organization together have one limit', async () => {
  const { from, tokens } = await openLimited({ RATE_LIMIT_PER_ORGANIZATION: '3' })
  const of = (sub: string, org = 'organization-1') => tokens.token({ claims: { sub, org } })
  for (const sub of ['a', 'b', 'c']) expect((await from('203.0.113.1', await of(sub))).status).toBe(200)
  expect((await from('203.0.113.1', await of('d'))).status).toBe(429)
  expect((await from('203.0.113.1', await of('d', 'organization-2'))).status).toBe(200)
})

test('an answer tells of the limit that it comes nearest to', async () => {
  const { from, tokens } = await openLimited({ RATE_LIMIT_PER_ADDRESS: '10', RATE_LIMIT_PER_USER: '5' })
  const standing = ({ headers }: { headers: Headers }) => [
    headers.get('x-ratelimit-limit'),
    headers.get('x-ratelimit-remaining'),
  ]
  expect(standing(await from('203.0.113.1'))).toEqual(['10', '9'])
  expect(standing(await from('203.0.113.1', await tokens.token()))).toEqual(['5', '4'])
})

test('every route counts and tells its limit, whatever it answers, and the probes are free', async () => {
  const { edge } = await openLimited({ RATE_LIMIT_PER_ADDRESS: '4' })
  const headers = { 'x-forwarded-for': '203.0.113.1' }
  const at = (path: string, more = {}) => ask(`${edge.origin}${path}`, { headers: { ...headers, ...more } })
  const all = [
    await at('/nowhere'),
    await at('/api/.well-known/jwks.json'),
    await at('/api/status'),
    await at('/api/graphql', { authorization: 'Bearer a.b.c' }),
    await at('/nowhere'),
    await at('/api/graphql', { authorization: 'Bearer a.b.c' }),
  ]
  expect(all.map(({ status }) => status)).toEqual([404, 200, 401, 401, 429, 429])
  expect(all.map((answer) => answer.headers.get('x-ratelimit-remaining'))).toEqual(['3', '2', '1', '0', '0', '0'])
  for (const path of ['/health', '/health/live', '/health/ready', '/api/health/ready']) {
    const probe = await at(path)
    expect([probe.status, probe.headers.get('x-ratelimit-limit')]).toEqual([200, null])
  }
})

test("a field's own limit tells when to come again in the header too, the longest of several", async () => {
  const { toy, edge } = await openLimited({})
  const limited = (path: string, retryAfterSeconds: unknown) => ({
    message: 'Too many attempts.',
    path: [path],
    extensions: { code: 'RATE_LIMITED', details: { retryAfterSeconds } },
  })
  toy.library.answer = (reply) =>
    json(reply, 200, { data: { shelf: null, book: null }, errors: [limited('shelf', 7), limited('book', 3.5)] })
  const { status, headers } = await edge.query('{ shelf book(id: "b1") { title } }')
  expect([status, headers.get('retry-after')]).toEqual([200, '7'])
  toy.library.answer = (reply) => json(reply, 200, { data: { book: null }, errors: [limited('book', 'soon')] })
  expect((await edge.query('{ book(id: "b1") { title } }')).headers.get('retry-after')).toBeNull()
})

test('limits that are off are neither counted nor told of', async () => {
  const { from } = await openLimited({})
  expect((await from('203.0.113.1')).headers.get('x-ratelimit-limit')).toBeNull()
})

test('what is refused is counted by the limit that refused it', async () => {
  const { edge, from } = await openLimited({ RATE_LIMIT_PER_ADDRESS: '1' })
  await statuses(3, () => from('203.0.113.1'))
  const { text } = await ask(`${edge.opsOrigin}/metrics`)
  expect(text).toContain('rate_limited_requests_total{limit="address",service="gateway"} 2')
})
