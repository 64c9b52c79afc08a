import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newApiKeyText } from '#platform/caller/api-key-text'
import type { VerifiedKey } from '#platform/caller/verified-key'
import { newId } from '#platform/id'
import { type Edge, openEdge } from '../../../tests/kit/edge.ts'
import { openRevocationIssuer, type RevocationIssuer } from '../../../tests/kit/revocation-issuer.ts'
import { openTokenIssuer, type TokenIssuer } from '../../../tests/kit/token-issuer.ts'
import { openToySupergraph, type ToySupergraph } from '../../../tests/kit/toy-supergraph.ts'
import { waitFor } from '../../../tests/kit/wait-for.ts'

const publicUrl = 'https://api.example.com/api'
let toy: ToySupergraph
let tokens: TokenIssuer
let issuer: RevocationIssuer
let edge: Edge
beforeAll(async () => {
  toy = await openToySupergraph()
  tokens = await openTokenIssuer(publicUrl)
  issuer = await openRevocationIssuer(tokens.jwksUrl, Buffer.from(toy.keys.library ?? '', 'base64'))
  edge = await openEdge(toy, {
    PUBLIC_URL: publicUrl,
    JWKS_URL: `${issuer.origin}/.well-known/jwks.json`,
    ISSUER_SUBGRAPH: 'library',
    // So that a test can be clients in many places.
    TRUSTED_PROXIES: '127.0.0.1',
  })
})
beforeEach(() => {
  issuer.asked.length = 0
  issuer.beforeAnswer = async () => undefined
})
afterAll(async () => {
  await Promise.all([edge, toy, tokens].map((each) => each?.close()))
  await issuer?.close()
})

/** A key that the issuer knows. */
function newKey(more: Partial<VerifiedKey> = {}) {
  const [organizationId, apiKeyId] = [newId(), newId()]
  const { text } = newApiKeyText('live', organizationId, apiKeyId)
  const key: VerifiedKey = {
    apiKeyId,
    userId: 'user-1',
    organizationId,
    scopes: ['agent:read'],
    rateLimitPerMinute: 600,
    expiresAt: new Date(Date.now() + 60_000),
    subjects: [
      `api-key:${apiKeyId}`,
      'user:user-1',
      `member:${organizationId}/user-1`,
      `role:${organizationId}/operator`,
    ],
    revision: issuer.lines.at(-1)?.sequence ?? 0,
    ...more,
  }
  issuer.apiKeys.set(text, key)
  return { text, key }
}
const unknownKey = () => newApiKeyText('live', newId(), newId()).text
const askWith = (text: string, headers: Record<string, string> = {}) =>
  edge.query('{ shelf }', { headers: { 'x-api-key': text, ...headers } })
const statusOf = async (text: string) => (await askWith(text)).status
const refusal = {
  errors: [{ message: 'The API key is not valid.', extensions: { code: 'UNAUTHENTICATED' } }],
}

test('a key speaks for its user, with its scopes and no role', async () => {
  const { text, key } = newKey()
  const answer = await askWith(text, { 'user-agent': 'deploy/1' })
  expect(answer.body).toEqual({ data: { shelf: expect.any(String) } })
  expect(toy.library.requests.at(-1)?.caller).toEqual({
    kind: 'user',
    userId: 'user-1',
    organizationId: key.organizationId,
    scopes: ['agent:read'],
    roles: [],
    sessionId: null,
    apiKeyId: key.apiKeyId,
    authTime: null,
    agentId: null,
    runId: null,
    address: '127.0.0.1',
    userAgent: 'deploy/1',
  })
})

describe('without asking the issuer', () => {
  test('a mistyped key is refused', async () => {
    const { text } = newKey()
    const typo = text.slice(0, 60) + (text[60] === 'a' ? 'b' : 'a') + text.slice(61)
    for (const wrong of [typo, text.slice(0, -1), 'fo_live_x', 'x', `${text}, ${text}`]) {
      const { status, body } = await askWith(wrong)
      expect([status, body]).toEqual([401, refusal])
    }
    expect(issuer.asked).toEqual([])
  })

  test('a key beside an access token is refused: it would not be clear who asks', async () => {
    const { text } = newKey()
    const { status, body } = await askWith(text, { authorization: `Bearer ${await tokens.token()}` })
    expect([status, body.errors?.[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT'])
    expect(issuer.asked).toEqual([])
  })

  test('a key that was just used is good, and one that was just refused is not', async () => {
    const [{ text }, unknown] = [newKey(), unknownKey()]
    for (let i = 0; i < 5; i += 1) expect([await statusOf(text), await statusOf(unknown)]).toEqual([200, 401])
    expect(issuer.asked).toEqual([text, unknown])
  })
})

test('of a key that many requests bring at once, the issuer is asked once', async () => {
  const { text } = newKey()
  let answer: () => void = () => undefined
  const held = new Promise<void>((resolve) => {
    answer = resolve
  })
  issuer.beforeAnswer = () => held
  const all = Promise.all(Array.from({ length: 25 }, () => statusOf(text)))
  await waitFor('the question', () => issuer.asked.length > 0)
  answer()
  expect(new Set(await all)).toEqual(new Set([200]))
  expect(issuer.asked).toEqual([text])
})

test('a key that is unknown, and one that expired while it was remembered, are refused in the same words', async () => {
  const { text } = newKey({ expiresAt: new Date(Date.now() + 700) })
  expect(await statusOf(text)).toBe(200)
  issuer.apiKeys.delete(text)
  await waitFor('the end of the key', async () => (await statusOf(text)) === 401, 2_000)
  expect((await askWith(text)).body).toEqual(refusal)
  const unknown = await askWith(unknownKey())
  expect(unknown.body).toEqual(refusal)
  expect(unknown.headers.get('www-authenticate')).toBe('Bearer')
})

describe('within two seconds of a revocation', () => {
  test('a key that was revoked is refused, though it was just used', async () => {
    const { text, key } = newKey()
    expect(await statusOf(text)).toBe(200)
    issuer.apiKeys.delete(text)
    issuer.revoke(`api-key:${key.apiKeyId}`)
    await waitFor('the refusal', async () => (await statusOf(text)) === 401, 2_000)
  })

  test.each(['user:user-1', 'member', 'role'])('a key is asked for anew when its answer rested on %s', async (what) => {
    const { text, key } = newKey({ scopes: ['agent:read', 'run:start'] })
    expect(await statusOf(text)).toBe(200)
    const subject = key.subjects.find((each) => each.startsWith(what)) ?? ''
    issuer.apiKeys.set(text, { ...key, scopes: ['agent:read'], revision: issuer.revoke(subject) })
    await waitFor(
      'the narrower rights',
      async () => {
        expect(await statusOf(text)).toBe(200)
        return toy.library.requests.at(-1)?.caller?.scopes.join() === 'agent:read'
      },
      2_000,
    )
    await statusOf(text)
    expect(issuer.asked).toEqual([text, text])
  })

  test('an answer that was under way meanwhile does not count', async () => {
    const { text, key } = newKey()
    issuer.beforeAnswer = async () => {
      // The first answer is of a moment before the revocation, and comes after the gateway has read of it.
      if (issuer.asked.length > 1) return
      issuer.apiKeys.delete(text)
      issuer.revoke(`api-key:${key.apiKeyId}`)
      const { reads } = issuer
      await waitFor('the gateway to read on', () => issuer.reads > reads + 1, 3_000)
    }
    expect(await statusOf(text)).toBe(401)
    expect(issuer.asked).toEqual([text, text])
  })
})

test('a key beyond its own limit is refused until the minute ends, and other keys are not', async () => {
  const [{ text }, other] = [newKey({ rateLimitPerMinute: 3 }), newKey()]
  const answers: Awaited<ReturnType<typeof askWith>>[] = []
  for (let i = 0; i < 5; i += 1) answers.push(await askWith(text))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429])
  const limits = ({ headers }: (typeof answers)[number]) =>
    ['limit', 'remaining'].map((name) => headers.get(`x-ratelimit-${name}`))
  expect(answers.map(limits)).toEqual([
    ['3', '2'],
    ['3', '1'],
    ['3', '0'],
    ['3', '0'],
    ['3', '0'],
  ])
  const last = answers[4]
  const seconds = Number(last?.headers.get('retry-after'))
  expect(seconds).toBeGreaterThan(50)
  expect(seconds).toBeLessThanOrEqual(60)
  expect(last?.headers.get('x-ratelimit-reset')).toBe(String(seconds))
  expect(last?.body.errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }])
  expect(await statusOf(other.text)).toBe(200)
})

test('an address that tries many keys is heard no more for a while; keys that are known from there go on', async () => {
  const { text } = newKey()
  const statusOf = async (key: string) => (await askWith(key, { 'x-forwarded-for': '198.51.100.9' })).status
  expect(await statusOf(text)).toBe(200)
  for (let i = 0; i < 30; i += 1) expect(await statusOf(unknownKey())).toBe(401)
  const asked = issuer.asked.length
  expect(await statusOf(unknownKey())).toBe(429)
  expect(await statusOf(text)).toBe(200)
  expect(issuer.asked).toHaveLength(asked)
})

test('while the issuer does not answer, a new key cannot be checked, and one just used is still good', async () => {
  const [known, fresh] = [newKey(), newKey()]
  expect(await statusOf(known.text)).toBe(200)
  issuer.up = false
  const { status, body } = await askWith(fresh.text)
  expect([status, body.errors?.[0]?.extensions.code]).toEqual([503, 'SUBGRAPH_UNAVAILABLE'])
  expect(await statusOf(known.text)).toBe(200)
  issuer.up = true
  expect(await statusOf(fresh.text)).toBe(200)
})

test('an answer that is not signed by the issuer makes nobody somebody', async () => {
  const other = await openRevocationIssuer(tokens.jwksUrl)
  const elsewhere = await openEdge(toy, {
    PUBLIC_URL: publicUrl,
    JWKS_URL: `${other.origin}/.well-known/jwks.json`,
    ISSUER_SUBGRAPH: 'library',
  })
  const { text, key } = newKey()
  other.apiKeys.set(text, key)
  expect((await elsewhere.query('{ shelf }', { headers: { 'x-api-key': text } })).status).toBe(503)
  await elsewhere.close()
  await other.close()
})
