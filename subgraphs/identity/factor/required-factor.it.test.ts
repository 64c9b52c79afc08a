import { afterAll, beforeAll, expect, test } from 'vitest'
import { anonymousCaller, type Caller } from '#platform/caller/caller'
import { write } from '#platform/db/write'
import { newId } from '#platform/id'
import { memberCaller, newOrganization, password } from '../../../tests/kit/organizations.ts'
import { addAuthenticator, authenticatorOf } from '../../../tests/kit/second-factor.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { identityConfig } from '../config.ts'
import { assignRole } from '../role/assign-role.ts'
import { logIn } from '../session/log-in.ts'
import { identity } from '../subgraph.ts'
import { acceptInvitation } from '../user/accept-invitation.ts'
import { inviteUser } from '../user/invite-user.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () =>
  openSubgraph(identity, (environment) => identityConfig({ ...environment, MFA_REQUIRED_ROLES: 'owner,admin' }))
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())

const anonymous = anonymousCaller('203.0.113.9', 'browser')
/** Asks for one field. @returns its value, or the code of the refusal */
async function ask<T = unknown>(caller: Caller, field: string, variables: Record<string, unknown> = {}): Promise<T> {
  const head = Object.keys(variables).map((name) => `$${name}: ${name === 'id' ? 'ID!' : 'String!'}`)
  const answer = await subgraph.ask(
    caller,
    `mutation ${head.length > 0 ? `(${head.join(', ')})` : ''} { it: ${field} }`,
    variables,
  )
  return (answer.errors?.[0]?.extensions.code ?? (answer.data as unknown as { it: T }).it) as T
}
const login = async (email: string) => {
  const answer = await logIn(subgraph.ctxFor(anonymous), { email, password })
  return 'challengeToken' in answer ? answer : { ...answer, challengeToken: undefined }
}
const callerOf = (accessToken: string): Caller => {
  const claims = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString())
  return { ...memberCaller(claims.org, claims.roles, claims.sub), sessionId: claims.sid }
}
const enroll = (by: Caller, challengeToken?: string) =>
  challengeToken === undefined
    ? ask<{ secret: string }>(by, 'enrollTotp { secret }')
    : ask<{ secret: string }>(by, 'enrollTotp(input: { challengeToken: $token }) { secret }', { token: challengeToken })
const confirmWith = (token: string, code: string) =>
  ask<{ recoveryCodes: string[]; tokens: { accessToken: string } } | string>(
    anonymous,
    'confirmTotp(input: { challengeToken: $token, code: $code }) { recoveryCodes tokens { accessToken } }',
    { token, code },
  )
async function member(of: { caller: Caller }, roles: string[]) {
  const email = `member-${newId()}@example.com`
  const { token } = await inviteUser(subgraph.ctxFor(of.caller), { email, roles: ['viewer'] })
  const { id } = await acceptInvitation(subgraph.ctxFor(anonymous), {
    token: token ?? '',
    name: 'Mia Member',
    password,
  })
  for (const role of roles) await assignRole(subgraph.ctxFor(of.caller), { userId: id, role })
  return { id, email, caller: memberCaller(of.caller.organizationId, ['viewer', ...roles], id) }
}

test('whose role needs a second factor and who has none adds one to sign in, and is in with that', async () => {
  const { email, owner, organizationId } = await newOrganization(subgraph.ctxFor)
  const { challengeToken = '', ...challenge } = await login(email)
  expect(challenge).toMatchObject({ enrollmentRequired: true, methods: [], passkeyOptions: null })
  const { secret } = await enroll(anonymous, challengeToken)
  const added = await confirmWith(challengeToken, authenticatorOf(secret).code())
  if (typeof added === 'string') throw new Error(added)
  expect(added.recoveryCodes).toHaveLength(10)
  const claims = JSON.parse(Buffer.from(added.tokens.accessToken.split('.')[1] ?? '', 'base64url').toString())
  expect(claims).toMatchObject({ sub: owner.id, org: organizationId, roles: ['owner'], amr: ['pwd', 'otp', 'mfa'] })
  expect(await login(email)).toMatchObject({ enrollmentRequired: false, methods: ['TOTP', 'RECOVERY_CODE'] })
})

test('the token of such a sign-in opens nothing else, and is no access token', async () => {
  const { email, owner } = await newOrganization(subgraph.ctxFor)
  const { challengeToken = '' } = await login(email)
  expect(
    await ask(anonymous, 'completeLogin(input: { challengeToken: $token, totpCode: "123456" }) { accessToken }', {
      token: challengeToken,
    }),
  ).toBe('FACTOR_REFUSED')
  for (const closed of [
    'disableTotp { totp }',
    'regenerateRecoveryCodes',
    'reauthenticate(input: { password: "x" }) { accessToken }',
    `resetFactors(input: { userId: "${owner.id}" }) { id }`,
  ])
    expect(await ask(anonymous, closed)).toBe('UNAUTHENTICATED')
  expect(await enroll(memberCaller(newId(), []), challengeToken)).toBe('BAD_USER_INPUT')
})

test('who knows the password alone adds no factor beside one that was added meanwhile', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  const [mine, theirs] = [await login(email), await login(email)]
  const { secret } = await enroll(anonymous, mine.challengeToken)
  await confirmWith(mine.challengeToken ?? '', authenticatorOf(secret).code())
  expect(await enroll(anonymous, theirs.challengeToken)).toBe('CHALLENGE_INVALID')
  expect(
    await ask(anonymous, 'startPasskeyRegistration(input: { challengeToken: $token }) { options }', {
      token: theirs.challengeToken,
    }),
  ).toBe('CHALLENGE_INVALID')
  expect(await confirmWith(theirs.challengeToken ?? '', authenticatorOf(secret).code(1))).toBe('CHALLENGE_INVALID')
})

test('of two who enroll at the same moment with the same password one gets in', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  const tokens = [await login(email), await login(email)].map(({ challengeToken }) => challengeToken ?? '')
  await enroll(anonymous, tokens[0])
  const { secret } = await enroll(anonymous, tokens[1])
  const answers = await Promise.all(tokens.map((token) => confirmWith(token, authenticatorOf(secret).code())))
  expect(answers.filter((answer) => typeof answer !== 'string')).toHaveLength(1)
})

test('a role that needs none is not asked for one; whoever gets one that does is asked at the next refresh', async () => {
  const organization = await newOrganization(subgraph.ctxFor)
  const { id, email } = await member(organization, [])
  const tokens = await login(email)
  if (tokens.challengeToken !== undefined) throw new Error('Asked for a factor.')
  const refresh = (token: string) =>
    ask<{ refreshToken: string } | string>(
      anonymous,
      'refreshSession(input: { refreshToken: $token }) { refreshToken }',
      { token },
    )
  const next = await refresh(tokens.refreshToken)
  if (typeof next === 'string') throw new Error(next)
  await assignRole(subgraph.ctxFor(organization.caller), { userId: id, role: 'admin' })
  expect(await refresh(next.refreshToken)).toBe('REFRESH_REFUSED')
  expect(await login(email)).toMatchObject({ enrollmentRequired: true })
})

test('an organization chooses its own roles, none, or the platform’s again', async () => {
  const organization = await newOrganization(subgraph.ctxFor)
  const set = (roles: string, by = organization.caller) =>
    ask(by, `updateOrganization(input: { mfaRequiredRoles: ${roles} }) { name mfaRequiredRoles }`)
  const viewer = await member(organization, [])
  expect(await set('["viewer"]')).toEqual({ name: 'Acme', mfaRequiredRoles: ['viewer'] })
  expect(await login(viewer.email)).toMatchObject({ enrollmentRequired: true })
  expect(await login(organization.email)).toMatchObject({ challengeToken: undefined })
  expect(await set('[]')).toMatchObject({ mfaRequiredRoles: [] })
  expect(await login(viewer.email)).toMatchObject({ challengeToken: undefined })
  expect(await set('null')).toMatchObject({ mfaRequiredRoles: null })
  expect(await login(organization.email)).toMatchObject({ enrollmentRequired: true })
  expect(await set('["emperor"]')).toBe('BAD_USER_INPUT')
  expect(await set('[]', viewer.caller)).toBe('FORBIDDEN')
})

test('the last factor stays while a role of the user needs it, in whatever organization', async () => {
  const strict = await newOrganization(subgraph.ctxFor)
  const lax = await newOrganization(subgraph.ctxFor)
  const { id } = await member(lax, [])
  const both = memberCaller(lax.organizationId, ['viewer'], id)
  await write(subgraph.ctxFor(strict.caller), 'test.joined', async (tx) => {
    tx.unchanged()
    await tx.em.execute(
      `insert into identity.membership (organization_id, id, user_id, roles, created_at) values (?, ?, ?, '{admin}', now())`,
      [strict.organizationId, newId(), id],
    )
    await tx.em.execute('update identity.user set organization_ids = organization_ids || ?::text where id = ?', [
      strict.organizationId,
      id,
    ])
  })
  await addAuthenticator(subgraph.ctxFor, both)
  expect(await ask(both, 'disableTotp { totp }')).toBe('FACTOR_REQUIRED')
  await ask(strict.caller, 'updateOrganization(input: { mfaRequiredRoles: [] }) { id }')
  expect(await ask(both, 'disableTotp { totp }')).toEqual({ totp: false })
})

test('a session that the password alone opened does not lead into an organization that asks for more', async () => {
  const lax = await newOrganization(subgraph.ctxFor)
  const strict = await newOrganization(subgraph.ctxFor)
  const { email } = await member(lax, [])
  const { token } = await inviteUser(subgraph.ctxFor(strict.caller), { email, roles: ['admin'] })
  await acceptInvitation(subgraph.ctxFor(anonymous), { token: token ?? '', name: 'Mia Member', password })
  const tokens = await login(email)
  if (tokens.challengeToken !== undefined) throw new Error('Asked for a factor.')
  const caller = callerOf(tokens.accessToken)
  const enter = () =>
    ask<object | string>(caller, 'switchOrganization(input: { organizationId: $id }) { accessToken }', {
      id: strict.organizationId,
    })
  expect(await enter()).toBe('FACTOR_ENROLLMENT_REQUIRED')
  const authenticator = await addAuthenticator(
    subgraph.ctxFor,
    memberCaller(lax.organizationId, [], caller.userId ?? ''),
  )
  expect(await enter()).toBe('STEP_UP_REQUIRED')
  const again = await ask(caller, 'reauthenticate(input: { password: $password, totpCode: $code }) { accessToken }', {
    password,
    code: authenticator.code(),
  })
  expect(again).toHaveProperty('accessToken')
  expect(await enter()).toHaveProperty('accessToken')
})

test('a session in which a factor was added counts as proven by it', async () => {
  const lax = await newOrganization(subgraph.ctxFor)
  const { email } = await member(lax, [])
  const tokens = await login(email)
  if (tokens.challengeToken !== undefined) throw new Error('Asked for a factor.')
  const caller = callerOf(tokens.accessToken)
  await addAuthenticator(subgraph.ctxFor, caller)
  const sessions = await subgraph.db.orm.em.fork().transactional(async (em) => {
    await em.execute(`select set_config('app.organization_id', ?, true)`, [lax.organizationId])
    return em.execute('select methods from identity.session where id = ?', [caller.sessionId])
  })
  expect(sessions).toEqual([{ methods: ['pwd', 'otp', 'mfa'] }])
})

test('who lost their factors gets in again after an admin’s reset, their sessions end, and the record says who did it', async () => {
  const organization = await newOrganization(subgraph.ctxFor)
  const admin = await member(organization, ['admin'])
  const lost = await member(organization, [])
  await addAuthenticator(subgraph.ctxFor, lost.caller)
  const reset = (by: Caller, userId: string) => ask(by, 'resetFactors(input: { userId: $id }) { id }', { id: userId })
  expect(await reset(admin.caller, lost.id)).toEqual({ id: lost.id })
  expect(await login(lost.email)).toMatchObject({ challengeToken: undefined })
  const records = await subgraph.db.orm.em.fork().transactional(async (em) => {
    await em.execute(`select set_config('app.organization_id', ?, true)`, [organization.organizationId])
    return em.execute(`select data from identity.outbox where data->>'action' = 'factor.reset'`)
  })
  expect(records).toMatchObject([
    {
      data: {
        actor: { type: 'user', id: admin.id },
        targets: [{ type: 'user', id: lost.id }],
        context: { detail: { totp: true, passkeys: 0 } },
      },
    },
  ])
})

test('nobody resets the factors of who has wider rights, of who belongs elsewhere too, or their own', async () => {
  const organization = await newOrganization(subgraph.ctxFor)
  const other = await newOrganization(subgraph.ctxFor)
  const admin = await member(organization, ['admin'])
  const elsewhere = await member(organization, [])
  const { token } = await inviteUser(subgraph.ctxFor(other.caller), { email: elsewhere.email, roles: ['viewer'] })
  await acceptInvitation(subgraph.ctxFor(anonymous), { token: token ?? '', name: 'Mia Member', password })
  const reset = (by: Caller, userId: string) => ask(by, 'resetFactors(input: { userId: $id }) { id }', { id: userId })
  expect(await reset(admin.caller, organization.owner.id)).toBe('FORBIDDEN')
  expect(await reset(admin.caller, elsewhere.id)).toBe('FORBIDDEN')
  expect(await reset(admin.caller, admin.id)).toBe('FORBIDDEN')
  expect(await reset(elsewhere.caller, admin.id)).toBe('FORBIDDEN')
  expect(await reset(admin.caller, other.owner.id)).toBe('NOT_FOUND')
  expect(await reset(admin.caller, newId())).toBe('NOT_FOUND')
})
