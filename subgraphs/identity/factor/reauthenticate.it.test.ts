import { afterAll, beforeAll, expect, test } from 'vitest'
import { anonymousCaller, type Caller } from '#platform/caller/caller'
import { read } from '#platform/db/read'
import { memberCaller, newOrganization, password } from '../../../tests/kit/organizations.ts'
import { addAuthenticator } from '../../../tests/kit/second-factor.ts'
import { signInByPassword } from '../../../tests/kit/sign-in.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { identityConfig } from '../config.ts'
import { identity } from '../subgraph.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(identity, identityConfig)
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())

const anonymous = anonymousCaller('198.51.100.7', 'test')
const claimsOf = (accessToken: string) =>
  JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString())

async function signedIn() {
  const organization = await newOrganization(subgraph.ctxFor)
  const tokens = await signInByPassword(subgraph.ctxFor(anonymous), { email: organization.email, password })
  const claims = claimsOf(tokens.accessToken)
  const caller: Caller = { ...memberCaller(claims.org, claims.roles, claims.sub), sessionId: claims.sid }
  const place = subgraph.ctxFor(caller)
  const session = async () =>
    (await read(place, (em) => em.execute('select * from identity.session where id = ?', [claims.sid])))[0]
  return { ...organization, tokens, claims, caller, place, session }
}
const reauthenticate = (caller: Caller, input: object) =>
  subgraph.ask(
    caller,
    'mutation ($input: ReauthenticateInput!) { reauthenticate(input: $input) { accessToken refreshToken } }',
    { input },
  )
const codeOf = (answer: Awaited<ReturnType<typeof reauthenticate>>) => answer.errors?.[0]?.extensions.code
const tokensOf = (answer: Awaited<ReturnType<typeof reauthenticate>>) =>
  (answer.data as unknown as { reauthenticate: { accessToken: string; refreshToken: string } }).reauthenticate
const refresh = async (token: string) =>
  (
    await subgraph.ask(
      anonymous,
      'mutation ($token: String!) { refreshSession(input: { refreshToken: $token }) { refreshToken } }',
      { token },
    )
  ).errors?.[0]?.extensions.code

test('proving oneself anew renews the time of proof in the same session, and replaces its tokens', async () => {
  const { caller, claims, tokens, place, session } = await signedIn()
  await subgraph.db.orm.em.fork().transactional(async (em) => {
    await em.execute(`select set_config('app.organization_id', ?, true)`, [claims.org])
    await em.execute(`update identity.session set authenticated_at = now() - interval '1 hour' where id = ?`, [
      claims.sid,
    ])
  })
  const renewed = tokensOf(await reauthenticate(caller, { password }))
  const after = claimsOf(renewed.accessToken)
  expect(after).toMatchObject({ sid: claims.sid, sub: claims.sub, amr: ['pwd'] })
  expect(Date.now() / 1000 - after.auth_time).toBeLessThan(60)
  expect(await refresh(tokens.refreshToken)).toBe('REFRESH_REFUSED')
  expect(await refresh(renewed.refreshToken)).toBeUndefined()
  expect(await session()).toMatchObject({ wrong_proofs: 0, ended_at: null })
  const lines = await read(place, (em) =>
    em.execute('select sequence from identity.revocation where subject = ?', [`session:${claims.sid}`]),
  )
  // The token from before is on the list, the new one is younger.
  expect(lines.map((line) => Number(line.sequence) > claims.rev && Number(line.sequence) <= after.rev)).toEqual([true])
})

test('with a second factor in use the password alone does not do, nor the factor alone', async () => {
  const { caller } = await signedIn()
  const authenticator = await addAuthenticator(subgraph.ctxFor, caller)
  expect(codeOf(await reauthenticate(caller, { password }))).toBe('BAD_USER_INPUT')
  expect(codeOf(await reauthenticate(caller, { totpCode: authenticator.code() }))).toBe('BAD_USER_INPUT')
  expect(codeOf(await reauthenticate(caller, {}))).toBe('BAD_USER_INPUT')
  const both = tokensOf(await reauthenticate(caller, { password, totpCode: authenticator.code() }))
  expect(claimsOf(both.accessToken).amr).toEqual(['pwd', 'otp', 'mfa'])
  expect(codeOf(await reauthenticate(caller, { password, totpCode: authenticator.code() }))).toBe('FACTOR_REFUSED')
})

test('what is needed can be asked for', async () => {
  const { caller } = await signedIn()
  const ask = () => subgraph.ask(caller, 'mutation { startReauthentication { methods passkeyOptions } }')
  expect((await ask()).data).toEqual({ startReauthentication: { methods: [], passkeyOptions: null } })
  await addAuthenticator(subgraph.ctxFor, caller)
  expect((await ask()).data).toMatchObject({ startReauthentication: { methods: ['TOTP', 'RECOVERY_CODE'] } })
})

test('the fifth wrong proof in a row ends the session, also when all come at once; a right one starts the count anew', async () => {
  const { caller, tokens, session, organizationId } = await signedIn()
  const wrong = { password: 'not the password at all' }
  for (const _ of [1, 2, 3, 4]) expect(codeOf(await reauthenticate(caller, wrong))).toBe('FACTOR_REFUSED')
  const renewed = tokensOf(await reauthenticate(caller, { password }))
  const answers = await Promise.all(Array.from({ length: 8 }, () => reauthenticate(caller, wrong)))
  expect(answers.filter((answer) => codeOf(answer) === 'FACTOR_REFUSED').length).toBeLessThanOrEqual(5)
  expect((await session())?.ended_at).not.toBeNull()
  const elsewhere = { ...caller, address: '203.0.113.77' }
  expect(codeOf(await reauthenticate(elsewhere, { password }))).toBe('UNAUTHENTICATED')
  expect(await refresh(renewed.refreshToken)).toBe('REFRESH_REFUSED')
  expect(await refresh(tokens.refreshToken)).toBe('REFRESH_REFUSED')
  const records = await read(subgraph.ctxFor(caller), (em) =>
    em.execute(
      `select data from identity.outbox where data->>'action' in ('session.reauthenticated', 'session.refused') order by sequence`,
    ),
  )
  expect(records.length).toBeGreaterThanOrEqual(6)
  expect(records[0]?.data).toMatchObject({
    actor: { type: 'user', id: caller.userId },
    targets: [{ type: 'session' }, { type: 'user' }],
    context: { detail: { reason: 'password-wrong' } },
  })
  expect(organizationId).toBe(caller.organizationId)
})

test('a key, an agent and a session that has ended prove nothing', async () => {
  const { caller } = await signedIn()
  for (const odd of [
    { ...caller, sessionId: null, apiKeyId: caller.sessionId },
    { ...caller, sessionId: null, agentId: caller.sessionId, runId: caller.sessionId },
  ])
    expect(codeOf(await reauthenticate(odd, { password }))).toMatch(/UNAUTHENTICATED|FORBIDDEN/)
  await subgraph.ask(caller, 'mutation { logout }')
  expect(codeOf(await reauthenticate(caller, { password }))).toBe('UNAUTHENTICATED')
})
