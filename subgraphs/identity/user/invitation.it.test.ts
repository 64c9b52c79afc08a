import { afterAll, beforeAll, expect, test } from 'vitest'
import { anonymousCaller, type Caller, systemOrganizationId } from '#platform/caller/caller'
import { write } from '#platform/db/write'
import { newId } from '#platform/id'
import { memberCaller, newOrganization, password } from '../../../tests/kit/organizations.ts'
import { signInByPassword } from '../../../tests/kit/sign-in.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { identityConfig } from '../config.ts'
import { joinSystemOrganization } from '../organization/found-organization.ts'
import { scopesOf } from '../role/system-roles.ts'
import { identity } from '../subgraph.ts'
import { acceptInvitation } from './accept-invitation.ts'
import { User } from './user.entity.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(identity, identityConfig)
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())

const anonymous = anonymousCaller(null)
const inviteQuery =
  'mutation ($email: String!, $roles: [String!]!) { inviteUser(input: { email: $email, roles: $roles }) { token roles } }'
const acceptQuery =
  'mutation ($token: String!, $password: String!, $name: String!) { acceptInvitation(input: { token: $token, name: $name, password: $password }) { id name } }'

async function invite(caller: Caller, email: string, roles = ['viewer']): Promise<string> {
  const answer = await subgraph.ask(caller, inviteQuery, { email, roles })
  return (answer.data as { inviteUser: { token: string } } | null)?.inviteUser.token ?? JSON.stringify(answer.errors)
}
const accept = (token: string, secret = password, name = 'Vera Viewer') =>
  subgraph.ask(anonymous, acceptQuery, { token, password: secret, name })
const idOf = (answer: Awaited<ReturnType<typeof accept>>) =>
  (answer.data as { acceptInvitation: { id: string } } | null)?.acceptInvitation.id ?? ''
const someone = () => `someone-${newId()}@example.com`

async function member(caller: Caller, roles = ['viewer']): Promise<Caller> {
  return memberCaller(caller.organizationId, roles, idOf(await accept(await invite(caller, someone(), roles))))
}

test('an invited person becomes a member with the roles invited to', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const id = idOf(await accept(await invite(caller, someone(), ['operator'])))
  const answer = await subgraph.ask(
    caller,
    'query ($id: ID!) { user(id: $id) { name roles } users { totalCount edges { node { id } } } }',
    { id },
  )
  expect(answer).toMatchObject({
    data: { user: { name: 'Vera Viewer', roles: ['operator'] }, users: { totalCount: 2 } },
  })
})

test('an invitation works once, even when accepted many times at the same moment', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const token = await invite(caller, someone())
  const answers = await Promise.all(Array.from({ length: 5 }, () => accept(token)))
  expect(answers.filter((answer) => answer.errors === undefined)).toHaveLength(1)
  expect((await accept(token)).errors?.[0]?.extensions.code).toBe('INVITATION_INVALID')
})

test.each(['a\u0000b', 'a\ud800b', 'a\nb'])(
  'neither an address nor a name has what cannot be shown: %j',
  async (text) => {
    const { caller } = await newOrganization(subgraph.ctxFor)
    expect(await invite(caller, `${text}@example.com`)).toContain('BAD_USER_INPUT')
    const answer = await accept(await invite(caller, someone()), password, text)
    expect(answer.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
  },
)

test('an invitation is worth what whoever made it may still give', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const admin = await member(caller, ['admin'])
  const [asAdmin, asViewer, late] = await Promise.all([
    invite(admin, someone(), ['admin']),
    invite(admin, someone()),
    invite(admin, someone()),
  ])
  const act = (field: string, input: object) =>
    subgraph.ask(
      caller,
      `mutation ($input: ${field[0]?.toUpperCase()}${field.slice(1)}Input!) { ${field}(input: $input) { id } }`,
      { input },
    )
  await act('createRole', { name: 'Host', scopes: [...scopesOf(['viewer'], caller.organizationId), 'user:invite'] })
  await act('assignRole', { userId: admin.userId, role: 'Host' })
  await act('revokeRole', { userId: admin.userId, role: 'admin' })
  expect((await accept(asAdmin)).errors?.[0]?.extensions.code).toBe('INVITATION_INVALID')
  expect(idOf(await accept(asViewer))).not.toBe('')
  await act('deactivateUser', { userId: admin.userId })
  expect((await accept(late)).errors?.[0]?.extensions.code).toBe('INVITATION_INVALID')
})

test('an existing account joins a second organization only with its own password', async () => {
  const first = await newOrganization(subgraph.ctxFor)
  const second = await newOrganization(subgraph.ctxFor)
  const token = await invite(second.caller, first.email)
  expect((await accept(token, 'some other long password')).errors?.[0]?.extensions.code).toBe('INVITATION_INVALID')
  expect(idOf(await accept(token))).toBe(first.owner.id)
})

test('a new account invited to two organizations at once joins both', async () => {
  const places = await Promise.all([1, 2].map(() => newOrganization(subgraph.ctxFor)))
  const email = someone()
  const tokens = await Promise.all(places.map(({ caller }) => invite(caller, email)))
  const ids = (await Promise.all(tokens.map((token) => accept(token)))).map(idOf)
  expect(ids[0]).not.toBe('')
  expect(ids[1]).toBe(ids[0])
})

test('who gives a wrong password for an account is not recorded as that account', async () => {
  const theirs = await newOrganization(subgraph.ctxFor)
  const ours = await newOrganization(subgraph.ctxFor)
  await accept(await invite(ours.caller, theirs.email), 'some other long password')
  const records = await subgraph.db.orm.em.fork().transactional(async (em) => {
    await em.execute(`select set_config('app.organization_id', ?, true)`, [ours.organizationId])
    return em.execute<{ data: object }[]>('select data from identity.outbox order by sequence')
  })
  expect(records.at(-1)?.data).toMatchObject({ action: 'user.join-refused', actor: { type: 'anonymous', id: null } })
  expect(JSON.stringify(records)).not.toContain(theirs.owner.id)
})

test('a viewer can invite nobody, and nobody can invite to more than they have', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  expect(await invite(await member(caller), someone())).toContain('FORBIDDEN')
  expect(await invite(await member(caller, ['admin']), someone(), ['owner'])).toContain('FORBIDDEN')
  expect(await invite(caller, someone(), ['emperor'])).toContain('BAD_USER_INPUT')
})

test('a short password is refused before anything is spent', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const token = await invite(caller, someone())
  expect((await accept(token, 'too short')).errors?.[0]?.extensions.code).toBe('PASSWORD_TOO_SHORT')
  expect(idOf(await accept(token))).not.toBe('')
})

test('the last owner cannot be removed, also not by two owners at once', async () => {
  const { caller, owner } = await newOrganization(subgraph.ctxFor)
  const revoke = (by: Caller, userId: string) =>
    subgraph.ask(by, 'mutation ($userId: ID!) { revokeRole(input: { userId: $userId, role: "owner" }) { id } }', {
      userId,
    })
  expect((await revoke(caller, owner.id)).errors?.[0]?.extensions.code).toBe('ROLE_LAST_OWNER')
  const other = await member(caller, ['owner'])
  const both = await Promise.all([revoke(caller, other.userId ?? ''), revoke(other, owner.id)])
  expect(both.filter((answer) => answer.errors === undefined)).toHaveLength(1)
})

test('what a token still says counts for nothing when the role is gone: nobody gives it back to themselves', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const former = await member(caller, ['owner'])
  const ofRole = (verb: string) =>
    `mutation ($userId: ID!) { ${verb}(input: { userId: $userId, role: "owner" }) { roles } }`
  const userId = former.userId
  expect((await subgraph.ask(caller, ofRole('revokeRole'), { userId })).errors).toBeUndefined()
  for (const verb of ['assignRole', 'revokeRole'])
    expect((await subgraph.ask(former, ofRole(verb), { userId })).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  expect(await invite(former, someone(), ['owner'])).toContain('FORBIDDEN')
})

test('a role is assigned once, and its scopes are the member’s at the next sign-in', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const { userId } = await member(caller)
  const assign = () =>
    subgraph.ask(
      caller,
      'mutation ($userId: ID!) { assignRole(input: { userId: $userId, role: "auditor" }) { roles } }',
      { userId },
    )
  for (const _ of [1, 2]) expect(await assign()).toEqual({ data: { assignRole: { roles: ['viewer', 'auditor'] } } })
})

test('members of another organization are answered like people who do not exist', async () => {
  const ours = await newOrganization(subgraph.ctxFor)
  const theirs = await newOrganization(subgraph.ctxFor)
  const ask = (id: string) => subgraph.ask(ours.caller, 'query ($id: ID!) { user(id: $id) { name } }', { id })
  const foreign = await ask(theirs.owner.id)
  expect(foreign.errors?.[0]?.extensions.code).toBe('NOT_FOUND')
  expect(await ask(newId())).toEqual(foreign)
  expect(await ask('nonsense')).toEqual(foreign)
})

test('platform-wide scopes are held only while working in the system organization', async () => {
  const { owner, caller, email } = await newOrganization(subgraph.ctxFor)
  const place = subgraph.ctxFor(caller)
  await write(place, 'user.changed', async (tx) =>
    joinSystemOrganization(place, tx, await tx.em.findOneOrFail(User, { id: owner.id })),
  )
  const scopes = async (by: Caller) =>
    ((await subgraph.ask(by, '{ viewer { scopes } }')).data as { viewer: { scopes: string[] } } | null)?.viewer.scopes
  const signedIn = await signInByPassword(subgraph.ctxFor(anonymous), { email, password })
  const { sid } = JSON.parse(Buffer.from(signedIn.accessToken.split('.')[1] ?? '', 'base64url').toString())
  const switched = await subgraph.ask(
    { ...caller, sessionId: sid },
    'mutation ($id: ID!) { switchOrganization(input: { organizationId: $id }) { accessToken } }',
    { id: systemOrganizationId },
  )
  const token =
    (switched.data as { switchOrganization: { accessToken: string } } | null)?.switchOrganization.accessToken ?? ''
  expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).scope).toContain('ops:read')
  expect(await scopes(caller)).not.toContain('ops:read')
})

test('a list of users shows each with their own roles', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  for (let i = 0; i < 3; i += 1) await member(caller)
  const answer = await subgraph.ask(caller, '{ users(first: 10) { edges { node { name email roles } } } }')
  const edges = (answer.data as { users: { edges: { node: { roles: string[] } }[] } } | null)?.users.edges ?? []
  expect(edges).toHaveLength(4)
  expect(edges.every((edge) => edge.node.roles.length === 1)).toBe(true)
})

const list = (caller: Caller) =>
  subgraph.ask(caller, '{ invitations(first: 20) { totalCount edges { node { id email roles token } } } }')
const take = (caller: Caller, id: string) =>
  subgraph.ask(caller, 'mutation ($id: ID!) { revokeInvitation(input: { invitationId: $id }) { id } }', { id })
const idsIn = (answer: Awaited<ReturnType<typeof list>>) =>
  (answer.data as { invitations: { edges: { node: { id: string } }[] } } | null)?.invitations.edges.map(
    ({ node }) => node.id,
  ) ?? []

/** Gives a wrong password. @returns the code of the refusal */
const acceptFrom = (address: string, token: string): Promise<string> =>
  acceptInvitation(subgraph.ctxFor(anonymousCaller(address)), {
    token,
    name: 'Vera Viewer',
    password: 'some other long password',
  }).then(
    () => 'ok',
    (error) => error.code,
  )

test('five wrong passwords of the account make an invitation void, however many come at once', async () => {
  const first = await newOrganization(subgraph.ctxFor)
  const second = await newOrganization(subgraph.ctxFor)
  const token = await invite(second.caller, first.email)
  for (let i = 0; i < 4; i += 1) await acceptFrom(`198.51.100.${i}`, token)
  expect(idsIn(await list(second.caller))).toHaveLength(1)
  await Promise.all([10, 11, 12].map((i) => acceptFrom(`198.51.100.${i}`, token)))
  const answer = await accept(token)
  expect(answer.errors?.[0]).toMatchObject({
    message: 'This invitation cannot be accepted. Ask for a new one.',
    extensions: { code: 'INVITATION_INVALID' },
  })
  expect(idsIn(await list(second.caller))).toEqual([])
  expect(idOf(await accept(await invite(second.caller, first.email)))).toBe(first.owner.id)
})

test('a void invitation costs no further hashing', async () => {
  const first = await newOrganization(subgraph.ctxFor)
  const second = await newOrganization(subgraph.ctxFor)
  const token = await invite(second.caller, first.email)
  const { hasher } = subgraph.ctxFor(anonymous).parts
  const refused = async (from: number) => {
    const before = hasher.derivations
    expect(await acceptFrom(`203.0.113.${from}`, token)).toBe('INVITATION_INVALID')
    return hasher.derivations - before
  }
  const costs: number[] = []
  for (let i = 0; i < 6; i += 1) costs.push(await refused(i))
  expect(costs).toEqual([1, 1, 1, 1, 1, 0])
})

test('an expired invitation is refused', async () => {
  const { caller, organizationId } = await newOrganization(subgraph.ctxFor)
  const token = await invite(caller, someone())
  await subgraph.db.orm.em.fork().transactional(async (em) => {
    await em.execute(`select set_config('app.organization_id', ?, true)`, [organizationId])
    await em.execute(`update identity.invitation set expires_at = expires_at - interval '7 days'`)
  })
  expect((await accept(token)).errors?.[0]?.extensions.code).toBe('INVITATION_INVALID')
  expect(idsIn(await list(caller))).toEqual([])
})

test('open invitations are listed without their tokens, to who may invite, and are taken back once', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const [kept, taken] = [someone(), someone()]
  const tokens = [await invite(caller, kept), await invite(caller, taken)]
  const listed = await list(caller)
  expect(listed).toMatchObject({
    data: {
      invitations: {
        totalCount: 2,
        edges: [{ node: { email: taken, roles: ['viewer'], token: null } }, { node: { email: kept } }],
      },
    },
  })
  const [id = ''] = idsIn(listed)
  const stranger = await newOrganization(subgraph.ctxFor)
  expect((await take(stranger.caller, id)).errors?.[0]?.extensions.code).toBe('NOT_FOUND')
  expect(idsIn(await list(stranger.caller))).toEqual([])
  expect((await list(await member(caller))).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  for (const _ of [1, 2]) expect((await take(caller, id)).errors).toBeUndefined()
  expect((await accept(tokens[1] ?? '')).errors?.[0]?.extensions.code).toBe('INVITATION_INVALID')
  expect(idOf(await accept(tokens[0] ?? ''))).not.toBe('')
  expect(idsIn(await list(caller))).toEqual([])
})

test('one address is invited by one organization five times a day at most', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const email = someone()
  for (let i = 0; i < 5; i += 1) expect(await invite(caller, email)).not.toContain('INVITATION_LIMIT')
  expect(await invite(caller, email)).toContain('INVITATION_LIMIT')
  const { caller: another } = await newOrganization(subgraph.ctxFor)
  expect(await invite(another, email)).not.toContain('INVITATION_LIMIT')
})

test('a refusal before the password is right says the same whether there is an account or not', async () => {
  const first = await newOrganization(subgraph.ctxFor)
  const { caller } = await newOrganization(subgraph.ctxFor)
  const tokens = [await invite(caller, first.email), await invite(caller, someone())]
  for (const bad of ['too short', 'passwordpassword']) {
    const [known, unknown] = await Promise.all(tokens.map((token) => accept(token, bad)))
    expect(known?.errors?.[0]).toEqual(unknown?.errors?.[0])
  }
})
