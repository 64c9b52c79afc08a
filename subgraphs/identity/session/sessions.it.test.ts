import { afterAll, beforeAll, expect, test } from 'vitest'
import { anonymousCaller, type Caller } from '#platform/caller/caller'
import { read } from '#platform/db/read'
import { write } from '#platform/db/write'
import { newId } from '#platform/id'
import { memberCaller, newOrganization, password } from '../../../tests/kit/organizations.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { identityConfig } from '../config.ts'
import { Membership } from '../membership/membership.entity.ts'
import { identity } from '../subgraph.ts'
import { User } from '../user/user.entity.ts'
import { openSessionsMax } from './bound-sessions.ts'
import { Session } from './session.entity.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(identity, identityConfig)
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())

const login =
  'mutation ($input: LoginInput!) { login(input: $input) { ... on SessionTokens { accessToken refreshToken } } }'

/** A further sign-in of the account; `caller` is who its token speaks for. */
async function signIn(email: string, client = anonymousCaller('203.0.113.1', 'Firefox')) {
  const answer = await subgraph.ask(client, login, { input: { email, password } })
  const { accessToken, refreshToken } = (answer.data as unknown as { login: Record<string, string> }).login
  const claims = JSON.parse(Buffer.from(accessToken?.split('.')[1] ?? '', 'base64url').toString())
  const caller: Caller = { ...memberCaller(claims.org, claims.roles, claims.sub), sessionId: claims.sid }
  return { caller, claims, refreshToken: refreshToken ?? '', sessionId: claims.sid as string }
}

/** A member of the organization with these roles and no account of their own. */
async function newMember(organizationId: string, roles: string[]): Promise<Caller> {
  const caller = memberCaller(organizationId, roles)
  await write(subgraph.ctxFor(memberCaller(organizationId, ['owner'])), 'user.joined', async (tx) => {
    const userId = caller.userId ?? ''
    const email = `${userId}@example.com`
    const organizationIds = [organizationId]
    tx.em.create(User, { id: userId, email, name: 'M', kind: 'person', organizationIds, createdAt: new Date() })
    tx.em.create(Membership, { organizationId, id: newId(), userId, roles, createdAt: new Date() })
  })
  return caller
}
type Listed = { id: string; isCurrent: boolean; userAgent: string; address: string; methods: string[] }
async function list(caller: Caller, userId?: string): Promise<Listed[]> {
  const fields = 'id isCurrent address userAgent methods user { id }'
  const query = `query ($userId: ID) { sessions(userId: $userId, first: 50) { edges { node { ${fields} } } } }`
  const answer = await subgraph.ask(caller, query, { userId })
  expect(answer.errors).toBeUndefined()
  const { sessions } = answer.data as unknown as { sessions: { edges: { node: Listed }[] } }
  return sessions.edges.map(({ node }) => node)
}
const revokeOf = (caller: Caller, sessionId: string) =>
  subgraph.ask(caller, 'mutation ($id: ID!) { revokeSession(input: { sessionId: $id }) { id endedAt } }', {
    id: sessionId,
  })
const refresh = async (token: string) =>
  (
    await subgraph.ask(
      anonymousCaller('203.0.113.1', 'Firefox'),
      'mutation ($t: String!) { refreshSession(input: { refreshToken: $t }) { tokenType } }',
      { t: token },
    )
  ).errors?.[0]?.extensions.code ?? 'refreshed'
const lines = async (caller: Caller, sessionId: string) =>
  (
    await read(subgraph.ctxFor(caller), (em) =>
      em.execute('select 1 from identity.revocation where subject = ?', [`session:${sessionId}`]),
    )
  ).length

test('a user sees the clients in which they are signed in, and which of them this is', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  const first = await signIn(email)
  const second = await signIn(email, anonymousCaller('203.0.113.2', 'curl/8'))
  expect(await list(second.caller)).toMatchObject([
    { id: second.sessionId, isCurrent: true, address: '203.0.113.2', userAgent: 'curl/8', methods: ['pwd'] },
    { id: first.sessionId, isCurrent: false, address: '203.0.113.1', userAgent: 'Firefox' },
  ])
})

test('without session:read one sees one’s own sessions only, also when asking for another’s', async () => {
  const { email, organizationId, owner } = await newOrganization(subgraph.ctxFor)
  const ownerSession = await signIn(email)
  const viewer = await newMember(organizationId, ['viewer'])
  expect(await list(viewer)).toEqual([])
  expect(await list(viewer, owner.id)).toEqual([])
  const auditor = await newMember(organizationId, ['auditor'])
  expect((await list(auditor)).map(({ id }) => id)).toEqual([ownerSession.sessionId])
  expect(await list(auditor, 'no-id')).toEqual([])
})

test('a revoked session cannot be refreshed, and its tokens are on the revocation list', async () => {
  const { email } = await newOrganization(subgraph.ctxFor)
  const [here, there] = [await signIn(email), await signIn(email)]
  expect((await revokeOf(here.caller, there.sessionId)).data).toMatchObject({
    revokeSession: { id: there.sessionId, endedAt: expect.any(String) },
  })
  expect(await refresh(there.refreshToken)).toBe('REFRESH_REFUSED')
  expect(await lines(here.caller, there.sessionId)).toBe(1)
  expect((await list(here.caller)).map(({ id }) => id)).toEqual([here.sessionId])
  expect((await revokeOf(here.caller, there.sessionId)).errors).toBeUndefined()
  expect(await lines(here.caller, there.sessionId)).toBe(1)
})

test('another’s session is revoked with session:revoke only; a foreign one is not found, in the same words', async () => {
  const { email, organizationId } = await newOrganization(subgraph.ctxFor)
  const owner = await signIn(email)
  const foreign = await signIn((await newOrganization(subgraph.ctxFor)).email)
  const refusals = [
    await revokeOf(await newMember(organizationId, ['auditor']), owner.sessionId),
    await revokeOf(owner.caller, foreign.sessionId),
    await revokeOf(owner.caller, newId()),
    await revokeOf(owner.caller, 'no-id'),
  ]
  for (const { errors } of refusals)
    expect(errors?.[0]).toMatchObject({ message: 'No such session.', extensions: { code: 'NOT_FOUND' } })
  const admin = await newMember(organizationId, ['admin'])
  expect((await revokeOf(admin, owner.sessionId)).errors).toBeUndefined()
  expect(await refresh(owner.refreshToken)).toBe('REFRESH_REFUSED')
})

test('neither a key nor a run without the scopes lists or ends the sessions of the person whom it acts for', async () => {
  const { caller, sessionId } = await signIn((await newOrganization(subgraph.ctxFor)).email)
  const bare = { ...caller, sessionId: null, authTime: null, scopes: ['agent:read'] }
  for (const acting of [
    { ...bare, apiKeyId: newId() },
    { ...bare, agentId: newId(), runId: newId() },
  ]) {
    expect(await list(acting)).toEqual([])
    expect((await revokeOf(acting, sessionId)).errors?.[0]?.extensions.code).toBe('NOT_FOUND')
    expect(await list({ ...acting, scopes: ['session:read'] })).toHaveLength(1)
  }
  expect((await list(caller)).map(({ id }) => id)).toEqual([sessionId])
})

test('logging out everywhere ends the sessions in all organizations of the user, and nobody else’s', async () => {
  const { email, owner } = await newOrganization(subgraph.ctxFor)
  const elsewhere = await newOrganization(subgraph.ctxFor)
  await write(subgraph.ctxFor(elsewhere.caller), 'user.joined', async (tx) => {
    const user = await tx.em.findOneOrFail(User, { id: owner.id })
    user.organizationIds = [...user.organizationIds, elsewhere.organizationId]
    const { organizationId } = elsewhere
    tx.em.create(Membership, {
      organizationId,
      id: newId(),
      userId: owner.id,
      roles: ['viewer'],
      createdAt: new Date(),
    })
  })
  const here = await signIn(email)
  const switched = await subgraph.ask(
    here.caller,
    'mutation ($id: ID!) { switchOrganization(input: { organizationId: $id }) { refreshToken } }',
    { id: elsewhere.organizationId },
  )
  const { refreshToken } = (switched.data as unknown as { switchOrganization: { refreshToken: string } })
    .switchOrganization
  const other = await signIn(elsewhere.email)
  expect(await subgraph.ask(here.caller, 'mutation { logoutEverywhere }')).toEqual({ data: { logoutEverywhere: true } })
  expect([await refresh(here.refreshToken), await refresh(refreshToken), await refresh(other.refreshToken)]).toEqual([
    'REFRESH_REFUSED',
    'REFRESH_REFUSED',
    'refreshed',
  ])
})

test('a user has at most fifty open sessions: a further one ends the one used longest ago; old ends are forgotten', async () => {
  const { email, organizationId, owner, caller } = await newOrganization(subgraph.ctxFor)
  const ids = Array.from({ length: openSessionsMax }, () => newId())
  const forgotten = newId()
  await write(subgraph.ctxFor(memberCaller(organizationId, [])), 'session.made', async (tx) => {
    tx.unchanged()
    const now = Date.now()
    const day = 86_400_000
    for (const [i, id] of [...ids, forgotten].entries())
      tx.em.create(Session, {
        ...{ organizationId, id, userId: owner.id, refreshHash: 'x'.repeat(64), methods: ['pwd'] },
        ...{ address: null, userAgent: null, authenticatedAt: new Date(now), createdAt: new Date(now) },
        refreshedAt: new Date(now - (openSessionsMax - i) * 1_000),
        expiresAt: new Date(now + (id === forgotten ? -31 : 1) * day),
      })
  })
  const { sessionId } = await signIn(email)
  expect(new Set((await list(caller)).map(({ id }) => id))).toEqual(new Set([sessionId, ...ids.slice(1)]))
  expect(await lines(caller, ids[0] ?? '')).toBe(1)
  const kept = await read(subgraph.ctxFor(caller), (em) => em.count(Session, { id: forgotten }))
  expect(kept).toBe(0)
})
