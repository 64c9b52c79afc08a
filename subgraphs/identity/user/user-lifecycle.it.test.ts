import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { anonymousCaller, type Caller, systemCaller } from '#platform/caller/caller'
import { newId } from '#platform/id'
import { memberCaller, newOrganization, password } from '../../../tests/kit/organizations.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { createApiKey } from '../api-key/create-api-key.ts'
import { verifyApiKey } from '../api-key/verify-api-key.ts'
import { identityConfig } from '../config.ts'
import { currentRights } from '../role/current-rights.ts'
import { issueRunToken } from '../run-token/issue-run-token.ts'
import { logIn } from '../session/log-in.ts'
import { identity } from '../subgraph.ts'
import { acceptInvitation } from './accept-invitation.ts'
import { tablesOfUser } from './delete-user.ts'
import { inviteUser } from './invite-user.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(identity, identityConfig)
const asOwner = new Client({ connectionString: inject('databaseUrl') })
beforeAll(async () => {
  subgraph = await open()
  await asOwner.connect()
})
afterAll(async () => {
  await asOwner.end()
  await subgraph.close()
})

const anonymous = anonymousCaller(null)
interface Member {
  readonly id: string
  readonly email: string
  readonly caller: Caller
}

async function join(inviter: Caller, roles = ['viewer'], email = `member-${newId()}@example.com`): Promise<Member> {
  const { token } = await inviteUser(subgraph.ctxFor(inviter), { email, roles })
  const { id } = await acceptInvitation(subgraph.ctxFor(anonymous), {
    token: token ?? '',
    name: 'Mia Member',
    password,
  })
  return { id, email, caller: memberCaller(inviter.organizationId, roles, id) }
}

const verbs = ['deactivateUser', 'reactivateUser', 'deleteUser'] as const
const change = async (verb: (typeof verbs)[number], by: Caller, userId: string) => {
  const { data, errors } = await subgraph.ask(
    by,
    `mutation ($userId: ID!) { ${verb}(input: { userId: $userId }) { id status } }`,
    { userId },
  )
  return errors?.[0]?.extensions.code ?? (data as Record<string, { status: string }> | null)?.[verb]?.status
}
const rename = async (by: Caller, userId: string, name = 'New Name') => {
  const { data, errors } = await subgraph.ask(
    by,
    'mutation ($input: UpdateUserInput!) { updateUser(input: $input) { name } }',
    { input: { userId, name } },
  )
  return errors?.[0]?.extensions.code ?? (data as { updateUser: { name: string } } | null)?.updateUser.name
}

const claimsOf = (accessToken: string) =>
  JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString())
async function signIn(email: string) {
  const tokens = await logIn(subgraph.ctxFor(anonymous), { email, password })
  if (!('accessToken' in tokens)) throw new Error('A second factor was asked for.')
  const claims = claimsOf(tokens.accessToken)
  return { ...tokens, caller: { ...memberCaller(claims.org, claims.roles, claims.sub), sessionId: claims.sid } }
}
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    (error: { code?: string }) => error.code,
  )
const signInCode = (email: string) => codeOf(signIn(email))
const refresh = async (token: string) =>
  (
    await subgraph.ask(
      anonymous,
      'mutation ($token: String!) { refreshSession(input: { refreshToken: $token }) { tokenType } }',
      { token },
    )
  ).errors?.[0]?.extensions.code ?? 'ok'
const switchTo = async (by: Caller, id: string) =>
  (
    await subgraph.ask(
      by,
      'mutation ($id: ID!) { switchOrganization(input: { organizationId: $id }) { accessToken } }',
      { id },
    )
  ).errors?.[0]?.extensions.code ?? 'ok'
const runToken = (organizationId: string, userId: string) =>
  codeOf(
    issueRunToken(subgraph.ctxFor(systemCaller(organizationId)), {
      runId: newId(),
      agentId: newId(),
      userId,
      grants: ['run:read'],
    }),
  )
const revokedSince = async (revision: number) =>
  (await asOwner.query('select subject from identity.revocation where sequence > $1', [revision])).rows.map(
    ({ subject }) => subject,
  )
const lastRevision = async () =>
  Number((await asOwner.query('select coalesce(max(sequence), 0) as n from identity.revocation')).rows[0].n)

/** Somebody with a session and a key in two organizations. */
async function inTwo() {
  const [ours, theirs] = await Promise.all([newOrganization(subgraph.ctxFor), newOrganization(subgraph.ctxFor)])
  const member = await join(ours.caller, ['admin'])
  await join(theirs.caller, ['operator'], member.email)
  return { ours, theirs, member }
}

test('every door of the organization is closed to a deactivated member, and those of another stay open', async () => {
  const { ours, theirs, member } = await inTwo()
  const session = await signIn(member.email)
  const key = await createApiKey(subgraph.ctxFor(member.caller), {
    name: 'Key',
    scopes: ['run:read'],
    rateLimitPerMinute: 60,
  })
  const verified = () => verifyApiKey(subgraph.ctxFor(anonymous), key.text)
  const { token } = await inviteUser(subgraph.ctxFor(ours.caller), { email: member.email, roles: ['auditor'] })
  expect(await verified()).toMatchObject({ userId: member.id })
  const revision = await lastRevision()

  expect(await change('deactivateUser', ours.caller, member.id)).toBe('DEACTIVATED')

  expect(await refresh(session.refreshToken)).toBe('REFRESH_REFUSED')
  expect(await runToken(ours.organizationId, member.id)).toBe('NOT_FOUND')
  expect(await verified()).toBeNull()
  expect(
    await codeOf(acceptInvitation(subgraph.ctxFor(anonymous), { token: token ?? '', name: 'Mia', password })),
  ).toBe('INVITATION_INVALID')
  expect(await revokedSince(revision)).toEqual(
    expect.arrayContaining([`member:${ours.organizationId}/${member.id}`, `session:${session.caller.sessionId}`]),
  )
  // The sign-in begins where the account is still welcome, and does not lead back.
  const elsewhere = await signIn(member.email)
  expect(elsewhere.caller.organizationId).toBe(theirs.organizationId)
  expect(await switchTo(elsewhere.caller, ours.organizationId)).toBe('NOT_FOUND')
  expect(await runToken(theirs.organizationId, member.id)).toBe('ok')
})

test('who is deactivated everywhere is answered like somebody with a wrong password', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const member = await join(caller)
  await change('deactivateUser', caller, member.id)
  expect(await signInCode(member.email)).toBe('SIGN_IN_REFUSED')
})

test('a reactivated member signs in again, with the roles of before; the old sessions stay ended', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const member = await join(caller, ['operator'])
  const session = await signIn(member.email)
  await change('deactivateUser', caller, member.id)
  expect(await change('reactivateUser', caller, member.id)).toBe('ACTIVE')
  expect(await refresh(session.refreshToken)).toBe('REFRESH_REFUSED')
  expect((await signIn(member.email)).caller.roles).toEqual(['operator'])
})

test('deactivating twice, and reactivating somebody active, changes nothing and is recorded once', async () => {
  const { caller, organizationId } = await newOrganization(subgraph.ctxFor)
  const member = await join(caller)
  expect(await change('reactivateUser', caller, member.id)).toBe('ACTIVE')
  for (const _ of [1, 2]) expect(await change('deactivateUser', caller, member.id)).toBe('DEACTIVATED')
  const { rows } = await asOwner.query('begin').then(async () => {
    await asOwner.query(`select set_config('app.organization_id', $1, true)`, [organizationId])
    const found = await asOwner.query(
      `select data->>'action' as action from identity.outbox where data->>'action' like 'user.%activated'`,
    )
    await asOwner.query('commit')
    return found
  })
  expect(rows).toEqual([{ action: 'user.deactivated' }])
})

test('the list of users shows who is deactivated', async () => {
  const { caller, owner } = await newOrganization(subgraph.ctxFor)
  const member = await join(caller)
  await change('deactivateUser', caller, member.id)
  const { data } = await subgraph.ask(caller, '{ users { edges { node { id status } } } }')
  expect((data as { users: { edges: { node: object }[] } } | null)?.users.edges.map(({ node }) => node)).toEqual([
    { id: member.id, status: 'DEACTIVATED' },
    { id: owner.id, status: 'ACTIVE' },
  ])
})

describe.each(verbs)('%s', (verb) => {
  test('reaches nobody of another organization, in the words for somebody who does not exist', async () => {
    const ours = await newOrganization(subgraph.ctxFor)
    const theirs = await newOrganization(subgraph.ctxFor)
    for (const id of [theirs.owner.id, newId(), 'nonsense'])
      expect(await change(verb, ours.caller, id)).toBe('NOT_FOUND')
    expect(await signInCode(theirs.email)).toBe('ok')
  })

  test('reaches nobody with wider rights than the caller’s own', async () => {
    const { caller, owner } = await newOrganization(subgraph.ctxFor)
    const admin = await join(caller, ['admin'])
    const peer = await join(caller, ['admin'])
    expect(await change(verb, admin.caller, owner.id)).toBe('FORBIDDEN')
    expect(['ACTIVE', 'DEACTIVATED']).toContain(await change(verb, admin.caller, peer.id))
  })

  test('is refused without user:write, and to whom the token gives a right that is gone', async () => {
    const { caller } = await newOrganization(subgraph.ctxFor)
    const viewer = await join(caller)
    const other = await join(caller)
    expect(await change(verb, viewer.caller, other.id)).toBe('FORBIDDEN')
    const stale = memberCaller(caller.organizationId, ['owner'], viewer.id)
    expect(await change(verb, stale, other.id)).toBe('FORBIDDEN')
  })

  test('asks for a proof of the last five minutes', async () => {
    const { caller } = await newOrganization(subgraph.ctxFor)
    const member = await join(caller)
    const tired = { ...caller, authTime: Math.floor(Date.now() / 1_000) - 301 }
    expect(await change(verb, tired, member.id)).toBe('STEP_UP_REQUIRED')
    expect(await change(verb, { ...caller, authTime: null, apiKeyId: newId() }, member.id)).toBe('STEP_UP_REQUIRED')
  })
})

describe.each(['deactivateUser', 'deleteUser'] as const)('the last active owner, and %s:', (verb) => {
  test('stays', async () => {
    const { caller, owner } = await newOrganization(subgraph.ctxFor)
    expect(await change(verb, caller, owner.id)).toBe('ROLE_LAST_OWNER')
  })

  test('a deactivated owner is no other owner, and neither is a service account', async () => {
    const { caller, owner } = await newOrganization(subgraph.ctxFor)
    const second = await join(caller, ['owner'])
    await change('deactivateUser', caller, second.id)
    await subgraph.ask(caller, 'mutation { createServiceAccount(input: { name: "Bot", roles: ["owner"] }) { id } }')
    expect(await change(verb, caller, owner.id)).toBe('ROLE_LAST_OWNER')
    const { errors } = await subgraph.ask(
      caller,
      'mutation ($userId: ID!) { revokeRole(input: { userId: $userId, role: "owner" }) { id } }',
      { userId: owner.id },
    )
    expect(errors?.[0]?.extensions.code).toBe('ROLE_LAST_OWNER')
    await change('reactivateUser', caller, second.id)
    expect(['ACTIVE', 'DEACTIVATED']).toContain(await change(verb, caller, owner.id))
  })

  test('two owners who turn on each other at once leave one', async () => {
    const { caller, owner } = await newOrganization(subgraph.ctxFor)
    const second = await join(caller, ['owner'])
    const both = await Promise.all([change(verb, caller, second.id), change(verb, second.caller, owner.id)])
    expect(both.filter((outcome) => outcome === 'ACTIVE' || outcome === 'DEACTIVATED')).toHaveLength(1)
  })
})

test('who leaves one of two organizations keeps the account, and nothing of them stays in the one they left', async () => {
  const { ours, theirs, member } = await inTwo()
  const session = await signIn(member.email)
  expect(session.caller.organizationId).toBe(ours.organizationId)
  expect(await change('deleteUser', ours.caller, member.id)).toBe('ACTIVE')
  expect(await refresh(session.refreshToken)).toBe('REFRESH_REFUSED')
  expect((await signIn(member.email)).caller.organizationId).toBe(theirs.organizationId)
  const left = await asOwner.query('select organization_ids from identity.user where id = $1', [member.id])
  expect(left.rows).toEqual([{ organization_ids: [theirs.organizationId] }])
  expect(
    (await subgraph.ask(ours.caller, 'query ($id: ID!) { user(id: $id) { id } }', { id: member.id })).data,
  ).toEqual({
    user: null,
  })
})

/** The tables of identity that have rows about a user, as seen from their organization. */
async function tablesWith(userId: string, organizationId: string): Promise<string[]> {
  const found: string[] = []
  await asOwner.query('begin')
  await asOwner.query(`select set_config('app.organization_id', $1, true)`, [organizationId])
  const { rows } = await asOwner.query<{ name: string }>(
    `select table_name as name from information_schema.columns where table_schema = 'identity' and column_name = 'user_id'`,
  )
  for (const { name } of rows) {
    const { rowCount } = await asOwner.query(`select 1 from identity.${name} where user_id = $1`, [userId])
    if (rowCount !== 0) found.push(name)
  }
  await asOwner.query('rollback')
  return found.sort()
}

test('every table with rows of a user is one that their deletion empties', async () => {
  const { rows } = await asOwner.query<{ name: string }>(
    `select table_name as name from information_schema.columns where table_schema = 'identity' and column_name = 'user_id'`,
  )
  expect(rows.map(({ name }) => name).sort()).toEqual(
    [...tablesOfUser.inOrganization, ...tablesOfUser.everywhere].sort(),
  )
})

test('who leaves the last organization is erased: no row holds their name, address or credentials', async () => {
  const { caller, organizationId } = await newOrganization(subgraph.ctxFor)
  const member = await join(caller, ['admin'])
  await signIn(member.email)
  await createApiKey(subgraph.ctxFor(member.caller), {
    name: 'Key',
    scopes: ['run:read'],
    rateLimitPerMinute: 60,
  })
  await inviteUser(subgraph.ctxFor(caller), { email: member.email, roles: ['auditor'] })
  expect(await tablesWith(member.id, organizationId)).toEqual([
    'api_key',
    'membership',
    'password_credential',
    'session',
  ])
  const revision = await lastRevision()

  expect(await change('deleteUser', { ...member.caller, sessionId: newId() }, member.id)).toBe('ACTIVE')

  expect(await tablesWith(member.id, organizationId)).toEqual([])
  expect(await revokedSince(revision)).toEqual(
    expect.arrayContaining([`member:${organizationId}/${member.id}`, `user:${member.id}`]),
  )
  expect(
    (await asOwner.query('select 1 from identity.user where id = $1 or email = $2', [member.id, member.email])).rows,
  ).toEqual([])
  await asOwner.query('begin')
  await asOwner.query(`select set_config('app.organization_id', $1, true)`, [organizationId])
  expect((await asOwner.query('select 1 from identity.invitation where email = $1', [member.email])).rows).toEqual([])
  const told = await asOwner.query(`select data from identity.outbox where data->>'action' = 'user.deleted'`)
  await asOwner.query('commit')
  expect(told.rows).toMatchObject([
    { data: { targets: [{ type: 'user', id: member.id, name: null }], context: { detail: { erased: true } } } },
  ])
  expect(JSON.stringify(told.rows)).not.toContain('Mia')
  expect(await signInCode(member.email)).toBe('SIGN_IN_REFUSED')
})

test('an erased address is free: the person can be invited anew, as somebody new', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const member = await join(caller)
  await change('deleteUser', caller, member.id)
  const again = await join(caller, ['viewer'], member.email)
  expect(again.id).not.toBe(member.id)
})

test('an account that joins another organization while it is being erased ends either there or nowhere', async () => {
  for (let round = 0; round < 5; round += 1) {
    const ours = await newOrganization(subgraph.ctxFor)
    const theirs = await newOrganization(subgraph.ctxFor)
    const member = await join(ours.caller)
    const { token } = await inviteUser(subgraph.ctxFor(theirs.caller), { email: member.email, roles: ['viewer'] })
    const [joined] = await Promise.all([
      codeOf(acceptInvitation(subgraph.ctxFor(anonymous), { token: token ?? '', name: 'Mia', password })),
      change('deleteUser', ours.caller, member.id),
    ])
    const user = await asOwner.query('select organization_ids from identity.user where id = $1', [member.id])
    const place = subgraph.ctxFor(theirs.caller)
    const rights = await place.db.orm.em.fork().transactional(async (em) => {
      await em.execute(`select set_config('app.organization_id', ?, true)`, [theirs.organizationId])
      em.setFilterParams('tenant', { organizationId: theirs.organizationId })
      return currentRights(em as never, theirs.organizationId, member.id)
    })
    expect([joined, user.rows, rights === null]).toEqual(
      joined === 'ok' && rights !== null
        ? ['ok', [{ organization_ids: [theirs.organizationId] }], false]
        : [joined, [], true],
    )
  }
})

test('neither an agent nor a key changes or deletes the account that it acts for', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const member = await join(caller)
  for (const actor of [{ agentId: newId(), runId: newId() }, { apiKeyId: newId() }]) {
    expect(await rename({ ...member.caller, ...actor }, member.id)).toBe('FORBIDDEN')
    expect(await change('deleteUser', { ...member.caller, ...actor }, member.id)).toBe('FORBIDDEN')
  }
})

test('a name is changed by its person, and by an admin only while nobody else has a say in it', async () => {
  const { ours, theirs, member } = await inTwo()
  const own = await join(ours.caller)
  expect(await rename(own.caller, own.id, '  Own Name ')).toBe('Own Name')
  expect(await rename(ours.caller, own.id, 'Given Name')).toBe('Given Name')
  expect(await rename(ours.caller, member.id)).toBe('FORBIDDEN')
  expect(await rename(member.caller, member.id)).toBe('New Name')
  expect(await rename(own.caller, member.id)).toBe('FORBIDDEN')
  expect(await rename(theirs.caller, own.id)).toBe('NOT_FOUND')
  const admin = await join(ours.caller, ['admin'])
  expect(await rename(admin.caller, ours.owner.id)).toBe('FORBIDDEN')
  for (const name of ['', ' ', 'a\u0000b', 'x'.repeat(101)])
    expect(await rename(own.caller, own.id, name)).toBe('BAD_USER_INPUT')
})

test('where a record names somebody who left, their id stays, and is answered like one that never was', async () => {
  const ours = await newOrganization(subgraph.ctxFor)
  const theirs = await newOrganization(subgraph.ctxFor)
  const member = await join(ours.caller)
  await change('deleteUser', ours.caller, member.id)
  const { data, errors } = await subgraph.ask(
    ours.caller,
    'query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { id name kind email roles status createdAt } } }',
    { of: [member.id, theirs.owner.id, newId()].map((id) => ({ __typename: 'User', id })) },
  )
  expect(errors).toBeUndefined()
  const former = { name: 'Former member', kind: 'PERSON', email: null, roles: [], status: 'FORMER' }
  const users = (data as { _entities: { id: string; createdAt: string }[] } | null)?._entities ?? []
  expect(users).toEqual(Array(3).fill(expect.objectContaining(former)))
  expect(users[0]?.id).toBe(member.id)
  for (const { createdAt } of users) expect(Date.now() - Date.parse(createdAt)).toBeLessThan(60_000)
})
