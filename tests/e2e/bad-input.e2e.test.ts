import { generateKeyPairSync } from 'node:crypto'
import { SignJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ActiveKey } from '../../subgraphs/identity/signing-key/key-ring.ts'
import { ask } from '../kit/edge.ts'
import type { VisitedHouse } from '../kit/house.ts'
import { newAgent } from '../kit/house-runs.ts'
import { activeKey, loginMutation, newOwner, type Person } from '../kit/people.ts'
import { sharedHouse } from '../kit/shared-house.ts'
import { badBodies } from './bad-input/bodies.ts'
import { badOperations } from './bad-input/operations.ts'
import { expectRefusal } from './bad-input/refusal.ts'

let house: VisitedHouse
let owner: Person
let agentId: string
beforeAll(async () => {
  house = await sharedHouse()
  owner = await newOwner(house, 'Acme')
  agentId = await newAgent(house, owner)
})

const accept = 'application/graphql-response+json'
const asJson = { 'content-type': 'application/json', accept }
const post = (body: string, headers: Record<string, string> = asJson) =>
  ask(house.house.dev.graphqlUrl, { method: 'POST', headers, body })
const asOwner = (query: string, variables: object = {}) =>
  house.ask(query, { variables: { ...variables }, token: owner.token, headers: { accept } })

test.each(badBodies)('%s is refused', async (_what, body, status, code) => {
  expectRefusal(await post(body), status, code)
})

test('what is not JSON, not readable, or by a method that only reads, is refused', async () => {
  const query = '{"query":"{ __typename }"}'
  expectRefusal(await post(query, { ...asJson, 'content-type': 'text/plain' }), 415, 'BAD_USER_INPUT')
  expectRefusal(await post(query, { ...asJson, accept: 'text/html' }), 406, 'BAD_USER_INPUT')
  const byGet = `${house.house.dev.graphqlUrl}?query=${encodeURIComponent('mutation { logout }')}`
  expectRefusal(
    await ask(byGet, { headers: { ...asJson, authorization: `Bearer ${owner.token}` } }),
    405,
    'BAD_USER_INPUT',
  )
  expectRefusal(await ask(`${house.house.dev.graphqlUrl}/nowhere`), 404, 'NOT_FOUND')
})

test.each(badOperations)('%s is refused', async (_what, query, variables, status, code) => {
  expectRefusal(await asOwner(query, variables), status, code)
})

test('an agent’s definition is refused with the path of every fault', async () => {
  const definition = {
    grants: ['audit:read', 'everything'],
    speed: 'high',
    steps: [
      { id: 'One', kind: 'transform', expression: '1 +' },
      { id: 'two', kind: 'tool', connection: 'mine', action: 'Do it', with: { a: ['{{ ( }}'] } },
      { id: 'three', kind: 'branch', cases: [{ when: '(', steps: [{ id: 'two', kind: 'leap' }] }] },
    ],
    output: '}',
  }
  const answer = await asOwner('mutation ($i: PublishAgentVersionInput!) { publishAgentVersion(input: $i) { id } }', {
    i: { agentId, definition },
  })
  expectRefusal(answer, 200, 'AGENT_DEFINITION_INVALID')
  const faults = answer.body.errors?.[0]?.extensions.details as { path: string; message: string }[]
  expect([...new Set(faults.map(({ path }) => path))].sort()).toEqual([
    'grants[1]',
    'output',
    'speed',
    'steps[0].expression',
    'steps[0].id',
    'steps[1].action',
    'steps[1].connection',
    'steps[1].with.a[0]',
    'steps[2].cases[0].steps[0].id',
    'steps[2].cases[0].steps[0].kind',
    'steps[2].cases[0].when',
  ])
})

describe('an access token', () => {
  const issuer = () => house.house.env.PUBLIC_URL ?? ''
  let houseKey: ActiveKey
  beforeAll(async () => {
    houseKey = await activeKey(house)
  })
  const strangersKey = (): ActiveKey => ({
    kid: houseKey.kid,
    key: generateKeyPairSync('ed25519').privateKey.toCryptoKey('Ed25519', false, ['sign']),
  })
  interface Changes {
    readonly key?: ActiveKey
    readonly typ?: string
    readonly audience?: string
    readonly issuer?: string
    readonly expiresIn?: number
  }
  async function signed(changes: Changes = {}): Promise<string> {
    const { key = houseKey, typ = 'at+jwt', expiresIn = 300 } = changes
    const claims = JSON.parse(Buffer.from(owner.token.split('.')[1] ?? '', 'base64url').toString())
    return new SignJWT({ ...claims, exp: Math.floor(Date.now() / 1000) + expiresIn })
      .setProtectedHeader({ alg: 'EdDSA', typ, kid: key.kid })
      .setIssuer(changes.issuer ?? issuer())
      .setAudience(changes.audience ?? issuer())
      .sign(key.key)
  }
  const askWith = (authorization: string) => post('{"query":"{ me { id } }"}', { ...asJson, authorization })

  test('signed by the house for the house is accepted', async () => {
    expect((await askWith(`Bearer ${await signed()}`)).body).toEqual({ data: { me: { id: owner.id } } })
  })

  test.each<[string, () => Promise<string>]>([
    ['that has expired', () => signed({ expiresIn: -10 })],
    ['signed with another key under the same name', () => signed({ key: strangersKey() })],
    ['for another audience', () => signed({ audience: 'https://other.example.com' })],
    ['by another issuer', () => signed({ issuer: 'https://other.example.com' })],
    ['of another kind', () => signed({ typ: 'JWT' })],
    [
      'without a signature',
      async () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${owner.token.split('.')[1]}.`,
    ],
    ['whose claims were changed', async () => owner.token.replace(/\.(.{20})./, '.$1A')],
    ['that is a refresh token', async () => owner.refreshToken],
  ])('%s is refused, and never taken for nobody', async (_what, token) => {
    const answer = await askWith(`Bearer ${await token()}`)
    expectRefusal(answer, 401, 'UNAUTHENTICATED')
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/)
  })

  test('in another scheme is refused', async () => {
    expectRefusal(await askWith('Basic b3duZXI6cGFzc3dvcmQ='), 401, 'UNAUTHENTICATED')
  })
})

test('a sign-in is refused in the same words whatever was wrong', async () => {
  const attempts = [
    { email: owner.email, password: 'canary-password' },
    { email: 'nobody@example.com', password: 'canary-password' },
    { email: 'not an address', password: 'x'.repeat(100_000) },
  ]
  const answers = []
  for (const input of attempts)
    answers.push(await house.ask(loginMutation, { variables: { input }, headers: { accept } }))
  for (const answer of answers) expectRefusal(answer, 200, 'SIGN_IN_REFUSED')
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
  const misspelt = { email: owner.email, password: 'canary-password', nope: 1 }
  expect((await house.ask(loginMutation, { variables: { input: misspelt } })).status).toBe(400)
})

// Last: about everything above.
test('none of it was a fault of ours, and nothing secret of it is in the log', () => {
  const faults = house.lines.filter(
    ({ fields }) => ['error', 'fatal'].includes(String(fields.level)) || String(fields.msg).startsWith('unexpected'),
  )
  expect(faults.map(({ text }) => text)).toEqual([])
  expect(house.lines.filter(({ fields }) => fields.status === 413)).not.toEqual([])
  const log = house.lines.map(({ text }) => text).join('\n')
  for (const secret of ['canary-password', owner.token, owner.refreshToken, owner.password])
    expect(log.includes(secret)).toBe(false)
})
