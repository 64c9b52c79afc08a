import { afterAll, beforeAll, expect, test } from 'vitest'
import { anonymousCaller, type Caller } from '#platform/caller/caller'
import { memberCaller, newOrganization, password } from '../../../tests/kit/organizations.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { identityConfig } from '../config.ts'
import { identity } from '../subgraph.ts'
import { logIn } from './log-in.ts'
import { newOpaqueToken } from './opaque-token.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(identity, identityConfig)
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())

const anonymous = anonymousCaller(null)
const refresh =
  'mutation ($token: String!) { refreshSession(input: { refreshToken: $token }) { accessToken refreshToken user { id } } }'
const ask = (token: string) => subgraph.ask(anonymous, refresh, { token })
const claimsOf = (accessToken: string) =>
  JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString())

async function signedIn() {
  const organization = await newOrganization(subgraph.ctxFor)
  const tokens = await logIn(subgraph.ctxFor(anonymous), { email: organization.email, password })
  const claims = claimsOf(tokens.accessToken)
  const caller: Caller = { ...memberCaller(claims.org, claims.roles, claims.sub), sessionId: claims.sid }
  return { ...organization, tokens, claims, caller }
}
const tokenOf = (answer: Awaited<ReturnType<typeof ask>>) =>
  (answer.data as { refreshSession: { refreshToken: string } } | null)?.refreshSession.refreshToken ?? ''

test('a refresh token works once and gives the next one', async () => {
  const { tokens, owner } = await signedIn()
  const first = await ask(tokens.refreshToken)
  expect(first).toMatchObject({ data: { refreshSession: { user: { id: owner.id } } } })
  expect(tokenOf(await ask(tokenOf(first)))).not.toBe('')
})

test('a refresh token used a second time ends the session, also for whoever holds the newer one', async () => {
  const { tokens } = await signedIn()
  const next = tokenOf(await ask(tokens.refreshToken))
  expect((await ask(tokens.refreshToken)).errors?.[0]?.extensions.code).toBe('REFRESH_REFUSED')
  expect((await ask(next)).errors?.[0]?.extensions.code).toBe('REFRESH_REFUSED')
})

test('of many uses at once at most one gets new tokens', async () => {
  const { tokens } = await signedIn()
  const answers = await Promise.all(Array.from({ length: 10 }, () => ask(tokens.refreshToken)))
  expect(answers.filter((answer) => answer.errors === undefined)).toHaveLength(1)
})

test('logging out ends the session, and repeating it is no error', async () => {
  const { tokens, caller } = await signedIn()
  for (const _ of [1, 2]) expect(await subgraph.ask(caller, 'mutation { logout }')).toEqual({ data: { logout: true } })
  expect((await ask(tokens.refreshToken)).errors?.[0]?.extensions.code).toBe('REFRESH_REFUSED')
})

test('a made-up token is refused in the same words, whether its place exists or not', async () => {
  const { organizationId, claims } = await signedIn()
  const answers = [
    await ask('nonsense'),
    await ask(newOpaqueToken(organizationId, claims.sid).text),
    await ask(newOpaqueToken(claims.sid, organizationId).text),
  ]
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  expect(answers[0]?.errors?.[0]?.extensions.code).toBe('REFRESH_REFUSED')
})

test('a made-up token that names a session does not end it', async () => {
  const { organizationId, claims, tokens } = await signedIn()
  await ask(newOpaqueToken(organizationId, claims.sid).text)
  expect(tokenOf(await ask(tokens.refreshToken))).not.toBe('')
})

test('the access token says who, where and with which rights, for a quarter of an hour', async () => {
  const { claims, owner, organizationId } = await signedIn()
  expect(claims).toMatchObject({ sub: owner.id, org: organizationId, roles: ['owner'], client_id: 'forgeops' })
  expect(claims.scope.split(' ')).toContain('audit:read')
  expect(claims.scope).not.toContain('ops:')
  expect(claims.exp - claims.iat).toBe(900)
})

test('a user reaches another organization only by membership there', async () => {
  const { caller } = await signedIn()
  const stranger = await newOrganization(subgraph.ctxFor)
  const switchTo = (organizationId: string) =>
    subgraph.ask(caller, 'mutation ($id: ID!) { switchOrganization(input: { organizationId: $id }) { accessToken } }', {
      id: organizationId,
    })
  const foreign = await switchTo(stranger.organizationId)
  expect(foreign.errors?.[0]).toMatchObject({ message: 'No such organization.', extensions: { code: 'NOT_FOUND' } })
  expect((await switchTo('01900000-0000-7000-8000-000000000000')).errors?.[0]?.message).toBe('No such organization.')
  expect((await switchTo('x')).errors?.[0]?.message).toBe('No such organization.')
})

test('an access token opens no further session once its own has ended', async () => {
  const { caller, organizationId } = await signedIn()
  const switchTo = 'mutation ($id: ID!) { switchOrganization(input: { organizationId: $id }) { user { id } } }'
  expect((await subgraph.ask(caller, switchTo, { id: organizationId })).errors).toBeUndefined()
  await subgraph.ask(caller, 'mutation { logout }')
  const after = await subgraph.ask(caller, switchTo, { id: organizationId })
  expect(after.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
})
