import { afterAll, beforeAll, expect, test } from 'vitest'
import { anonymousCaller, type Caller } from '#platform/caller/caller'
import { newId } from '#platform/id'
import { memberCaller, newOrganization, password } from '../../../tests/kit/organizations.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { identityConfig } from '../config.ts'
import { Challenge } from '../factor/challenge.entity.ts'
import { Totp } from '../factor/totp.entity.ts'
import { revocationsAfter } from '../revocation/revocation.queries.ts'
import { identity } from '../subgraph.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(identity, identityConfig)
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())

const anonymous = anonymousCaller('203.0.113.9')
const secondPassword = 'nine blue lamps at the harbour'
const someone = () => `someone-${newId()}@example.com`
type Answer = Awaited<ReturnType<typeof subgraph.ask>>
const codeOf = (answer: Answer) => answer.errors?.[0]?.extensions.code ?? 'ok'
const dataOf = <T>(answer: Answer, field: string) => (answer.data as Record<string, T> | null | undefined)?.[field] as T

interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

/** A sign-in: its tokens, and who its access token speaks for. */
async function signIn(email: string, secret = password) {
  const answer = await subgraph.ask(
    anonymous,
    'mutation ($input: LoginInput!) { login(input: $input) { __typename ... on SessionTokens { accessToken refreshToken } } }',
    { input: { email, password: secret } },
  )
  const login = dataOf<(Tokens & { __typename: string }) | null>(answer, 'login')
  return { code: codeOf(answer), kind: login?.__typename, ...readTokens(login) }
}
function readTokens(tokens: Tokens | null | undefined) {
  if (tokens?.accessToken === undefined) return { refreshToken: '', caller: anonymous, sessionId: '' }
  const claims = JSON.parse(Buffer.from(tokens.accessToken.split('.')[1] ?? '', 'base64url').toString())
  const caller: Caller = { ...memberCaller(claims.org, claims.roles, claims.sub), sessionId: claims.sid }
  return { refreshToken: tokens.refreshToken, caller, sessionId: claims.sid as string }
}
async function refresh(refreshToken: string) {
  const answer = await subgraph.ask(
    anonymous,
    'mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { accessToken refreshToken } }',
    { input: { refreshToken } },
  )
  return codeOf(answer)
}
const change = (caller: Caller, currentPassword = password, newPassword = secondPassword) =>
  subgraph.ask(caller, 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { id } }', {
    input: { currentPassword, newPassword },
  })
const createLink = (caller: Caller, userId: string | null) =>
  subgraph.ask(
    caller,
    'mutation ($userId: ID!) { createPasswordResetLink(input: { userId: $userId }) { token user { id } } }',
    { userId },
  )
const linkToken = async (caller: Caller, userId: string | null) =>
  dataOf<{ token: string }>(await createLink(caller, userId), 'createPasswordResetLink').token
const reset = async (token: string, newPassword = secondPassword) =>
  codeOf(
    await subgraph.ask(anonymous, 'mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) }', {
      input: { token, newPassword },
    }),
  )
async function join(by: Caller, email = someone(), roles = ['viewer']) {
  const invited = await subgraph.ask(
    by,
    'mutation ($email: String!, $roles: [String!]!) { inviteUser(input: { email: $email, roles: $roles }) { token } }',
    { email, roles },
  )
  const { token } = dataOf<{ token: string }>(invited, 'inviteUser')
  const answer = await subgraph.ask(
    anonymous,
    'mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { id } }',
    { input: { token, name: 'Mia Member', password } },
  )
  const { id } = dataOf<{ id: string }>(answer, 'acceptInvitation')
  return { id, email, caller: memberCaller(by.organizationId, roles, id) }
}
const recordsOf = (organizationId: string) =>
  subgraph.db.orm.em.fork().transactional(async (em) => {
    await em.execute(`select set_config('app.organization_id', ?, true)`, [organizationId])
    const rows = await em.execute<{ data: { action: string; outcome: string; targets: { id: string }[] } }[]>(
      'select data from identity.outbox order by sequence',
    )
    return rows.map((row) => row.data)
  })

test('who knows the present password chooses a new one, and the old one is worthless at once', async () => {
  const { email, organizationId } = await newOrganization(subgraph.ctxFor)
  const { caller } = await signIn(email)
  expect(codeOf(await change(caller))).toBe('ok')
  expect((await signIn(email)).code).toBe('SIGN_IN_REFUSED')
  expect((await signIn(email, secondPassword)).code).toBe('ok')
  expect(await recordsOf(organizationId)).toContainEqual(
    expect.objectContaining({ action: 'password.changed', outcome: 'succeeded' }),
  )
})

test('a link leads no further than whoever made it reaches at the time of its use', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const admin = await join(caller, someone(), ['admin'])
  const [promoted, other, third] = [await join(caller), await join(caller), await join(caller)]
  const tokens = [await linkToken(admin.caller, promoted.id), await linkToken(admin.caller, other.id)]
  const assign = 'mutation ($id: ID!) { assignRole(input: { userId: $id, role: "owner" }) { id } }'
  expect((await subgraph.ask(caller, assign, { id: promoted.id })).errors).toBeUndefined()
  expect(await reset(tokens[0] ?? '')).toBe('PASSWORD_RESET_INVALID')
  expect(await reset(tokens[1] ?? '')).toBe('ok')
  const last = await linkToken(admin.caller, third.id)
  const end = 'mutation ($id: ID!) { deactivateUser(input: { userId: $id }) { id } }'
  expect((await subgraph.ask(caller, end, { id: admin.id })).errors).toBeUndefined()
  expect(await reset(last)).toBe('PASSWORD_RESET_INVALID')
})

test('a changed password ends the user’s other sessions in every organization, and keeps the present one', async () => {
  const { email, caller: owner, owner: user } = await newOrganization(subgraph.ctxFor)
  const elsewhere = await newOrganization(subgraph.ctxFor)
  await join(elsewhere.caller, email)
  const [present, other] = [await signIn(email), await signIn(email)]
  const switched = await subgraph.ask(
    other.caller,
    'mutation ($id: ID!) { switchOrganization(input: { organizationId: $id }) { accessToken refreshToken } }',
    { id: elsewhere.organizationId },
  )
  const abroad = readTokens(dataOf<Tokens>(switched, 'switchOrganization'))
  expect(codeOf(await change(present.caller))).toBe('ok')
  expect(await refresh(other.refreshToken)).toBe('REFRESH_REFUSED')
  expect(await refresh(abroad.refreshToken)).toBe('REFRESH_REFUSED')
  expect(await refresh(present.refreshToken)).toBe('ok')
  const lines = await revocationsAfter(subgraph.db.orm.em.fork(), 0, 10_000)
  const subjects = lines.map(({ subject }) => subject)
  expect(subjects).toContain(`session:${other.sessionId}`)
  expect(subjects).toContain(`session:${abroad.sessionId}`)
  expect(subjects).not.toContain(`session:${present.sessionId}`)
  expect(owner.userId).toBe(user.id)
})

test('a session that began with the old password is over even where nobody ended it', async () => {
  const { email, organizationId } = await newOrganization(subgraph.ctxFor)
  const [present, late] = [await signIn(email), await signIn(email)]
  await change(present.caller)
  // As if it had been opened while the password was being changed.
  await subgraph.db.orm.em.fork().transactional(async (em) => {
    await em.execute(`select set_config('app.organization_id', ?, true)`, [organizationId])
    await em.execute('update identity.session set ended_at = null where id = ?', [late.sessionId])
  })
  expect(await refresh(late.refreshToken)).toBe('REFRESH_REFUSED')
})

test('a wrong present password changes nothing and is on record', async () => {
  const { email, organizationId } = await newOrganization(subgraph.ctxFor)
  const { caller, refreshToken } = await signIn(email)
  expect(codeOf(await change(caller, 'not the present password'))).toBe('PASSWORD_WRONG')
  expect(await refresh(refreshToken)).toBe('ok')
  expect((await signIn(email)).code).toBe('ok')
  expect(await recordsOf(organizationId)).toContainEqual(
    expect.objectContaining({ action: 'password.change-refused', outcome: 'refused' }),
  )
})

test('the present password is not to be guessed: after five wrong ones in a minute nobody is asked', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  const { caller } = await signIn(email)
  const codes: string[] = []
  for (let i = 0; i < 7; i += 1) codes.push(codeOf(await change(caller, `a wrong guess ${i}`)))
  expect(codes).toEqual([...Array(5).fill('PASSWORD_WRONG'), 'RATE_LIMITED', 'RATE_LIMITED'])
})

test('of two changes at the same moment one counts', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  const { caller } = await signIn(email)
  const choices = [secondPassword, 'a third one that is long enough']
  const codes = (await Promise.all(choices.map((choice) => change(caller, password, choice)))).map(codeOf)
  expect(codes.toSorted()).toEqual(['PASSWORD_WRONG', 'ok'])
  const winner = choices[codes.indexOf('ok')] ?? ''
  expect((await signIn(email, winner)).code).toBe('ok')
})

test('only a person who proved lately who they are changes a password: no stale session, no key, no run', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  const { caller } = await signIn(email)
  const stale = { ...caller, authTime: Math.floor(Date.now() / 1000) - 301 }
  expect(codeOf(await change(stale))).toBe('STEP_UP_REQUIRED')
  expect(codeOf(await change({ ...caller, authTime: null, sessionId: null, apiKeyId: newId() }))).toBe('FORBIDDEN')
  expect(codeOf(await change({ ...caller, sessionId: null, apiKeyId: newId() }))).toBe('FORBIDDEN')
  expect(codeOf(await change({ ...caller, agentId: newId(), runId: newId() }))).toBe('FORBIDDEN')
  expect(codeOf(await change(anonymous))).toBe('UNAUTHENTICATED')
  expect((await signIn(email)).code).toBe('ok')
})

test('a new password meets the policy, whoever’s it is and however it is set', async () => {
  const { email, caller } = await newOrganization(subgraph.ctxFor, 'Blue Harbour Company')
  const present = await signIn(email)
  for (const [bad, code] of [
    ['short', 'PASSWORD_TOO_SHORT'],
    ['passwordpassword', 'PASSWORD_TOO_COMMON'],
    ['blue harbour company', 'PASSWORD_TOO_COMMON'],
    [email, 'PASSWORD_TOO_COMMON'],
    ['x y'.repeat(400), 'PASSWORD_TOO_LONG'],
  ] as const)
    expect(codeOf(await change(present.caller, password, bad))).toBe(code)
  const member = await join(caller)
  const token = await linkToken(caller, member.id)
  for (const bad of ['passwordpassword', member.email]) expect(await reset(token, bad)).toBe('PASSWORD_TOO_COMMON')
  expect(await reset(token)).toBe('ok')
})

test('a password is verified exactly as received', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  const { caller } = await signIn(email)
  const exact = ' Ü space at both ends '.normalize('NFC')
  expect(codeOf(await change(caller, password, exact))).toBe('ok')
  for (const near of [exact.trim(), exact.normalize('NFD'), exact.toLowerCase()])
    expect((await signIn(email, near)).code).toBe('SIGN_IN_REFUSED')
  expect((await signIn(email, exact)).code).toBe('ok')
})

test('a link works once, even when used many times at the same moment, and signs nobody in', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const member = await join(caller)
  const before = await signIn(member.email)
  const token = await linkToken(caller, member.id)
  const codes = await Promise.all(Array.from({ length: 5 }, () => reset(token)))
  expect(codes.toSorted()).toEqual([...Array(4).fill('PASSWORD_RESET_INVALID'), 'ok'])
  expect(await reset(token)).toBe('PASSWORD_RESET_INVALID')
  expect(await refresh(before.refreshToken)).toBe('REFRESH_REFUSED')
  expect((await signIn(member.email, secondPassword)).code).toBe('ok')
  const lines = await revocationsAfter(subgraph.db.orm.em.fork(), 0, 10_000)
  expect(lines.map(({ subject }) => subject)).toContain(`user:${member.id}`)
})

test('a new password takes no second factor away, and voids a sign-in that the old one began', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const member = await join(caller)
  const em = subgraph.db.orm.em.fork()
  em.create(Totp, { userId: member.id, secret: 'sealed', confirmedAt: new Date(), createdAt: new Date() })
  await em.flush()
  expect(await signIn(member.email)).toMatchObject({ kind: 'MfaChallenge' })
  expect(await reset(await linkToken(caller, member.id))).toBe('ok')
  expect(await em.count(Challenge, { userId: member.id })).toBe(0)
  expect(await signIn(member.email, secondPassword)).toMatchObject({ kind: 'MfaChallenge', refreshToken: '' })
})

test('a link ends after 45 minutes, and sooner by a newer one or a changed password', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const member = await join(caller)
  const [first, second] = [await linkToken(caller, member.id), await linkToken(caller, member.id)]
  expect(await reset(first)).toBe('PASSWORD_RESET_INVALID')
  await change((await signIn(member.email)).caller)
  expect(await reset(second)).toBe('PASSWORD_RESET_INVALID')
  const third = await linkToken(caller, member.id)
  const em = subgraph.db.orm.em.fork()
  const [row] = await em.execute<{ minutes: string }[]>(
    'select round(extract(epoch from expires_at - now()) / 60) as minutes from identity.password_reset where user_id = ?',
    [member.id],
  )
  expect(Number(row?.minutes)).toBe(45)
  await em.execute(`update identity.password_reset set expires_at = now() where user_id = ?`, [member.id])
  expect(await reset(third)).toBe('PASSWORD_RESET_INVALID')
})

test('a made-up link is refused in the same words, on record, and the table cannot tell a link', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const member = await join(caller)
  const token = await linkToken(caller, member.id)
  const bytes = Buffer.from(token, 'base64url')
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  for (const bad of [bytes.toString('base64url'), 'nonsense', ''])
    expect(await reset(bad)).toBe('PASSWORD_RESET_INVALID')
  const rows = await subgraph.db.orm.em.fork().execute('select * from identity.password_reset')
  expect(JSON.stringify(rows)).not.toContain(token)
  expect(await reset(token)).toBe('ok')
})

test('an administrator makes a link for whose rights are within their own, and for nobody else', async () => {
  const { caller, owner } = await newOrganization(subgraph.ctxFor)
  const [admin, viewer] = [await join(caller, someone(), ['admin']), await join(caller)]
  expect(codeOf(await createLink(admin.caller, viewer.id))).toBe('ok')
  expect(codeOf(await createLink(admin.caller, owner.id))).toBe('FORBIDDEN')
  expect(codeOf(await createLink(viewer.caller, viewer.id))).toBe('FORBIDDEN')
  const stale = { ...caller, authTime: Math.floor(Date.now() / 1000) - 301 }
  expect(codeOf(await createLink(stale, viewer.id))).toBe('STEP_UP_REQUIRED')
  const stranger = await newOrganization(subgraph.ctxFor)
  const foreign = await createLink(stranger.caller, viewer.id)
  expect(codeOf(foreign)).toBe('NOT_FOUND')
  expect(await createLink(stranger.caller, newId())).toEqual(foreign)
  const created = (await recordsOf(caller.organizationId)).filter(
    ({ action }) => action === 'password.reset-link-created',
  )
  expect(created.map(({ targets }) => targets[0]?.id)).toEqual([viewer.id])
})

test('nobody is let into another organization by an administrator of one: neither when the link is made nor when it is used', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const elsewhere = await newOrganization(subgraph.ctxFor)
  const member = await join(caller)
  const token = await linkToken(caller, member.id)
  await join(elsewhere.caller, member.email, ['admin'])
  expect(await reset(token)).toBe('PASSWORD_RESET_INVALID')
  expect(codeOf(await createLink(caller, member.id))).toBe('PASSWORD_RESET_FOREIGN')
  expect((await signIn(member.email)).code).toBe('ok')
})

test('no more than one way to authenticate stands in an operation', async () => {
  const answer = await subgraph.ask(
    anonymous,
    `mutation { a: requestPasswordReset(input: { email: "a@example.com" }) b: requestPasswordReset(input: { email: "b@example.com" }) }`,
  )
  expect(codeOf(answer)).toBe('OPERATION_NOT_ALLOWED')
})
