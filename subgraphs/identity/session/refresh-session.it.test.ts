import { afterAll, beforeAll, expect, test } from 'vitest'
import { anonymousCaller, type Caller } from '#platform/caller/caller'
import { read } from '#platform/db/read'
import { write } from '#platform/db/write'
import { memberCaller, newOrganization, password } from '../../../tests/kit/organizations.ts'
import { signInByPassword } from '../../../tests/kit/sign-in.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { identityConfig } from '../config.ts'
import { identity } from '../subgraph.ts'
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
const askAs = (caller: Caller, token: string) => subgraph.ask(caller, refresh, { token })
const ask = (token: string) => askAs(anonymous, token)
const refreshed = async (token: string) => tokenOf(await ask(token))
const claimsOf = (accessToken: string) =>
  JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString())

async function signedIn() {
  const organization = await newOrganization(subgraph.ctxFor)
  const tokens = await signInByPassword(subgraph.ctxFor(anonymous), { email: organization.email, password })
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

/** As if the session had been refreshed some seconds earlier. */
const passed = (organizationId: string, sessionId: string, seconds: number) =>
  write(subgraph.ctxFor(memberCaller(organizationId, [])), 'session.aged', async (tx) => {
    tx.unchanged()
    await tx.em.execute(
      'update identity.session set refreshed_at = refreshed_at - make_interval(secs => ?) where id = ?',
      [seconds, sessionId],
    )
  })

test('a refresh token used again by another client ends the session, also for whoever holds the newer one', async () => {
  const { tokens } = await signedIn()
  const next = tokenOf(await ask(tokens.refreshToken))
  expect((await askAs(anonymousCaller('203.0.113.66'), tokens.refreshToken)).errors?.[0]?.extensions.code).toBe(
    'REFRESH_REFUSED',
  )
  expect((await ask(next)).errors?.[0]?.extensions.code).toBe('REFRESH_REFUSED')
})

test('a refresh token used again by its client after ten seconds ends the session', async () => {
  const { tokens, organizationId, claims } = await signedIn()
  const next = tokenOf(await ask(tokens.refreshToken))
  await passed(organizationId, claims.sid, 9)
  expect(tokenOf(await ask(tokens.refreshToken))).toBe(next)
  await passed(organizationId, claims.sid, 2)
  expect((await ask(tokens.refreshToken)).errors?.[0]?.extensions.code).toBe('REFRESH_REFUSED')
  expect((await ask(next)).errors?.[0]?.extensions.code).toBe('REFRESH_REFUSED')
})

test('a refresh token two generations old ends the session however soon it comes', async () => {
  const { tokens } = await signedIn()
  const next = tokenOf(await ask(await refreshed(tokens.refreshToken)))
  expect((await ask(tokens.refreshToken)).errors?.[0]?.extensions.code).toBe('REFRESH_REFUSED')
  expect((await ask(next)).errors?.[0]?.extensions.code).toBe('REFRESH_REFUSED')
})

test('the end of a session by reuse is on the revocation list and in the record', async () => {
  const { tokens, claims, organizationId } = await signedIn()
  await ask(tokens.refreshToken)
  await askAs(anonymousCaller('203.0.113.66', 'thief'), tokens.refreshToken)
  const found = await read(subgraph.ctxFor(memberCaller(organizationId, [])), async (em) => ({
    lines: await em.execute('select sequence from identity.revocation where subject = ?', [`session:${claims.sid}`]),
    events: await em.execute(`select data from identity.outbox where data->>'action' = 'session.reuse-detected'`),
  }))
  expect(found.lines).toHaveLength(1)
  expect(Number(found.lines[0]?.sequence)).toBeGreaterThan(claims.rev)
  expect(found.events).toMatchObject([
    {
      data: {
        outcome: 'refused',
        targets: [{ type: 'session', id: claims.sid }],
        context: { address: '203.0.113.66', userAgent: 'thief' },
      },
    },
  ])
})

test('fifty uses at once by one client yield exactly one successor', async () => {
  const { tokens } = await signedIn()
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask(tokens.refreshToken)))
  const successors = new Set(answers.map(tokenOf))
  expect(successors.size).toBe(1)
  expect(tokenOf(await ask([...successors][0] ?? ''))).not.toBe('')
})

test('a session ends thirty days after its sign-in however often it is refreshed', async () => {
  const { tokens, organizationId, claims } = await signedIn()
  const place = subgraph.ctxFor(memberCaller(organizationId, []))
  await write(place, 'session.aged', async (tx) => {
    tx.unchanged()
    await tx.em.execute(`update identity.session set created_at = now() - interval '29 days' where id = ?`, [
      claims.sid,
    ])
  })
  await ask(tokens.refreshToken)
  const [session] = await read(place, (em) =>
    em.execute(`select expires_at < now() + interval '1 day' as soon from identity.session where id = ?`, [claims.sid]),
  )
  expect(session).toEqual({ soon: true })
})

test('a session that another one opened ends thirty days after the sign-in, not after the switch', async () => {
  const { tokens, caller, organizationId, claims } = await signedIn()
  const place = subgraph.ctxFor(memberCaller(organizationId, []))
  await write(place, 'session.aged', async (tx) => {
    tx.unchanged()
    const text = `update identity.session set created_at = now() - interval '29 days',
      authenticated_at = now() - interval '29 days' where id = ?`
    await tx.em.execute(text, [claims.sid])
    await tx.em.execute(`update identity.password_credential set changed_at = 'epoch' where user_id = ?`, [
      caller.userId,
    ])
  })
  const answer = await subgraph.ask(
    caller,
    'mutation ($id: ID!) { switchOrganization(input: { organizationId: $id }) { refreshToken } }',
    { id: organizationId },
  )
  const { refreshToken } = (answer.data as unknown as { switchOrganization: typeof tokens }).switchOrganization
  const late = () =>
    read(place, (em) =>
      em.execute(
        `select id from identity.session where expires_at > now() + interval '1 day' and user_id = ? and id <> ?`,
        [caller.userId, claims.sid],
      ),
    )
  expect(await late()).toEqual([])
  expect(tokenOf(await ask(refreshToken))).not.toBe('')
  expect(await late()).toEqual([])
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
