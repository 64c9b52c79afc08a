import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anonymousCaller, type Caller, systemCaller } from '#platform/caller/caller'
import { read } from '#platform/db/read'
import { newId } from '#platform/id'
import { memberCaller, newOrganization, password } from '../../../tests/kit/organizations.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { identityConfig } from '../config.ts'
import { updateOrganization } from '../organization/update-organization.ts'
import { currentRevision, revocationsAfter } from '../revocation/revocation.queries.ts'
import { identity } from '../subgraph.ts'
import { acceptInvitation } from '../user/accept-invitation.ts'
import { inviteUser } from '../user/invite-user.ts'
import { createRole } from './create-role.ts'
import { currentRights } from './current-rights.ts'
import { deleteRole } from './delete-role.ts'
import { rolesMax } from './role.limits.ts'
import { updateRole } from './update-role.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(identity, identityConfig)
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())

const someone = () => `someone-${newId()}@example.com`
const ctxOf = (caller: Caller) => subgraph.ctxFor(caller)

/** A member with these roles, as their token would say it. */
async function newMember(caller: Caller, roles: string[], scopes?: string[]): Promise<Caller> {
  const { token } = await inviteUser(ctxOf(caller), { email: someone(), roles })
  const user = await acceptInvitation(ctxOf(anonymousCaller(null)), {
    token: token ?? '',
    name: 'Mia Member',
    password,
  })
  const member = memberCaller(caller.organizationId, roles, user.id)
  return scopes === undefined ? member : { ...member, scopes }
}
const rightsOf = ({ organizationId, userId }: Caller) =>
  read(ctxOf(systemCaller(organizationId)), (em) => currentRights(em, organizationId, userId ?? ''))

const roleFields = '{ id name description system scopes }'
const create = (caller: Caller, input: object) =>
  subgraph.ask(caller, `mutation ($input: CreateRoleInput!) { createRole(input: $input) ${roleFields} }`, { input })
const update = (caller: Caller, input: object) =>
  subgraph.ask(caller, `mutation ($input: UpdateRoleInput!) { updateRole(input: $input) ${roleFields} }`, { input })
const remove = (caller: Caller, roleId: string) =>
  subgraph.ask(caller, `mutation ($input: DeleteRoleInput!) { deleteRole(input: $input) ${roleFields} }`, {
    input: { roleId },
  })
const codeOf = (answer: Awaited<ReturnType<typeof create>>) => answer.errors?.[0]?.extensions.code

test('an organization makes a role of its own, gives it to a member, and lists it beside the system’s', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const made = await create(caller, {
    name: 'Release manager',
    description: 'Publishes',
    scopes: ['agent:publish', 'agent:read'],
  })
  const role = { name: 'Release manager', description: 'Publishes', system: false }
  expect(made.data?.createRole).toMatchObject({ ...role, scopes: ['agent:read', 'agent:publish'] })
  const member = await newMember(caller, ['Release manager'])
  expect((await rightsOf(member))?.scopes).toEqual(['agent:read', 'agent:publish'])
  const assigned = await subgraph.ask(
    caller,
    'mutation ($input: AssignRoleInput!) { assignRole(input: $input) { roles } }',
    { input: { userId: (await newMember(caller, ['viewer'])).userId, role: 'Release manager' } },
  )
  expect(assigned.data?.assignRole).toEqual({ roles: ['viewer', 'Release manager'] })
  const { data } = await subgraph.ask(caller, `{ roles ${roleFields} }`)
  expect(
    (data?.roles as unknown as { name: string; system: boolean }[] | undefined)?.map(({ name, system }) => [
      name,
      system,
    ]),
  ).toEqual([
    ...['owner', 'admin', 'operator', 'auditor', 'viewer'].map((name) => [name, true]),
    ['Release manager', false],
  ])
})

describe('nobody grants what they lack', () => {
  test('neither by making a role, nor by widening one, nor by giving one', async () => {
    const { caller } = await newOrganization(subgraph.ctxFor)
    await create(caller, { name: 'Exporter', scopes: ['audit:export'] })
    const admin = await newMember(caller, ['admin'])
    expect(codeOf(await create(admin, { name: 'Mine', scopes: ['agent:read', 'audit:export'] }))).toBe('FORBIDDEN')
    const mine = await create(admin, { name: 'Mine', scopes: ['agent:read'] })
    const { id: roleId } = mine.data?.createRole ?? { id: '' }
    expect(codeOf(await update(admin, { roleId, scopes: ['audit:export'] }))).toBe('FORBIDDEN')
    const given = await subgraph.ask(
      admin,
      'mutation ($input: AssignRoleInput!) { assignRole(input: $input) { id } }',
      { input: { userId: admin.userId, role: 'Exporter' } },
    )
    expect(codeOf(given)).toBe('FORBIDDEN')
    await expect(inviteUser(ctxOf(admin), { email: someone(), roles: ['Exporter'] })).rejects.toThrow(/cannot grant/)
  })

  test('not even with a token that still says they have it', async () => {
    const { caller } = await newOrganization(subgraph.ctxFor)
    const admin = await newMember(caller, ['admin'])
    const stale = { ...admin, scopes: [...admin.scopes, 'audit:export'] }
    expect(codeOf(await create(stale, { name: 'Mine', scopes: ['audit:export'] }))).toBe('FORBIDDEN')
  })

  test('nor do they take from a role, or delete one, that reaches further than they do', async () => {
    const { caller } = await newOrganization(subgraph.ctxFor)
    const { id: roleId } = await createRole(ctxOf(caller), {
      name: 'Exporter',
      description: '',
      scopes: ['audit:export', 'audit:read'],
    })
    const admin = await newMember(caller, ['admin'])
    expect(codeOf(await update(admin, { roleId, scopes: ['audit:read'] }))).toBe('FORBIDDEN')
    expect(codeOf(await remove(admin, roleId))).toBe('FORBIDDEN')
  })

  test('and only who has proven lately that it is they', async () => {
    const { caller } = await newOrganization(subgraph.ctxFor)
    const longAgo = { ...caller, authTime: Math.floor(Date.now() / 1000) - 301 }
    const input = { name: 'Any', scopes: ['agent:read'] }
    expect(codeOf(await create(longAgo, input))).toBe('STEP_UP_REQUIRED')
    expect(codeOf(await create({ ...caller, sessionId: null, authTime: null, apiKeyId: newId() }, input))).toBe(
      'STEP_UP_REQUIRED',
    )
  })
})

test.each(['owner', 'Owner', ' OWNER ', 'viewer', 'оwner', '', 'a\nb', `a${'b'.repeat(50)}`, 'role/x', '1st'])(
  'no role is called %j',
  async (name) => {
    const { caller } = await newOrganization(subgraph.ctxFor)
    expect(codeOf(await create(caller, { name, scopes: ['agent:read'] }))).toBe('BAD_USER_INPUT')
  },
)

test('no two roles differ in the case of their letters only, even when made at the same moment', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const names = ['Support', 'support', 'SUPPORT', 'SupporT']
  const answers = await Promise.all(names.map((name) => create(caller, { name, scopes: ['agent:read'] })))
  expect(answers.map(codeOf).toSorted()).toEqual([...Array(3).fill('ROLE_NAME_TAKEN'), undefined])
})

test.each([[['ops:read']], [['nothing:such']], [['agent:read', 'ops:redrive']], [[]]])(
  'no role has the scopes %j, whoever asks',
  async (scopes) => {
    const { caller } = await newOrganization(subgraph.ctxFor)
    const holder = { ...caller, scopes: [...caller.scopes, ...scopes] }
    expect(codeOf(await create(holder, { name: 'Any', scopes }))).toBe('BAD_USER_INPUT')
  },
)

test('an organization has no more than its number of roles, even when they are made at the same moment', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const ctx = ctxOf(caller)
  for (let i = 0; i < rolesMax - 1; i += 1)
    await createRole(ctx, { name: `Role ${i}`, description: '', scopes: ['agent:read'] })
  const last = await Promise.all([1, 2, 3].map((i) => create(caller, { name: `Last ${i}`, scopes: ['agent:read'] })))
  expect(last.map(codeOf).toSorted()).toEqual(['ROLE_LIMIT', 'ROLE_LIMIT', undefined])
})

test('narrowing a role puts it on the revocation list in the same commit; widening does not', async () => {
  const { caller, organizationId } = await newOrganization(subgraph.ctxFor)
  const ctx = ctxOf(caller)
  const { id: roleId } = await createRole(ctx, { name: 'Reader', description: '', scopes: ['agent:read', 'run:read'] })
  const member = await newMember(caller, ['Reader'])
  const before = await read(ctx, currentRevision)
  const linesOf = async () =>
    (await read(ctx, (em) => revocationsAfter(em, before, 1_000)))
      .map((line) => line.subject)
      .filter((subject) => subject.startsWith(`role:${organizationId}/`))
  await updateRole(ctx, { roleId, scopes: ['agent:read', 'run:read', 'schedule:read'], description: 'More' })
  expect(await linesOf()).toEqual([])
  await updateRole(ctx, { roleId, scopes: ['agent:read', 'schedule:read'] })
  expect(await linesOf()).toEqual([`role:${organizationId}/Reader`])
  expect((await rightsOf(member))?.scopes).toEqual(['agent:read', 'schedule:read'])
})

test('a new name goes to members and open invitations too, and tokens with the old one end', async () => {
  const { caller, organizationId } = await newOrganization(subgraph.ctxFor)
  const ctx = ctxOf(caller)
  const { id: roleId } = await createRole(ctx, { name: 'Old', description: '', scopes: ['agent:read'] })
  const member = await newMember(caller, ['viewer', 'Old'])
  const { token } = await inviteUser(ctx, { email: someone(), roles: ['Old'] })
  const before = await read(ctx, currentRevision)
  await updateRole(ctx, { roleId, name: 'New' })
  const lines = await read(ctx, (em) => revocationsAfter(em, before, 1_000))
  expect(lines.map((line) => line.subject)).toContain(`role:${organizationId}/Old`)
  expect((await rightsOf(member))?.roles).toEqual(['viewer', 'New'])
  const invited = await acceptInvitation(ctxOf(anonymousCaller(null)), {
    token: token ?? '',
    name: 'Ivy Invited',
    password,
  })
  expect(await rightsOf({ ...caller, userId: invited.id })).toMatchObject({ roles: ['New'], scopes: ['agent:read'] })
})

test('a role that asks for a second factor asks for it under its new name too', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const ctx = ctxOf(caller)
  const { id: roleId } = await createRole(ctx, { name: 'Payer', description: '', scopes: ['agent:read'] })
  await updateOrganization(ctx, { mfaRequiredRoles: ['owner', 'Payer'] })
  await updateRole(ctx, { roleId, name: 'Treasurer' })
  const { data } = await subgraph.ask(caller, '{ viewer { organization { mfaRequiredRoles } } }')
  expect(data?.viewer).toEqual({ organization: { mfaRequiredRoles: ['owner', 'Treasurer'] } })
})

describe('a role that somebody holds is not deleted', () => {
  test('neither a member’s nor an open invitation’s; then it is', async () => {
    const { caller } = await newOrganization(subgraph.ctxFor)
    const { id } = await createRole(ctxOf(caller), { name: 'Held', description: '', scopes: ['agent:read'] })
    const { token } = await inviteUser(ctxOf(caller), { email: someone(), roles: ['Held'] })
    expect((await remove(caller, id)).errors?.[0]?.extensions).toEqual({
      code: 'ROLE_IN_USE',
      details: { members: 0, invitations: 1 },
    })
    const user = await acceptInvitation(ctxOf(anonymousCaller(null)), {
      token: token ?? '',
      name: 'Ivy Invited',
      password,
    })
    expect((await remove(caller, id)).errors?.[0]?.extensions).toEqual({
      code: 'ROLE_IN_USE',
      details: { members: 1, invitations: 0 },
    })
    await subgraph.ask(caller, 'mutation ($input: RevokeRoleInput!) { revokeRole(input: $input) { id } }', {
      input: { userId: user.id, role: 'Held' },
    })
    expect((await remove(caller, id)).data?.deleteRole).toMatchObject({ name: 'Held' })
    expect(codeOf(await remove(caller, id))).toBe('NOT_FOUND')
  })

  test('even when it is given and deleted at the same moment', async () => {
    const { caller } = await newOrganization(subgraph.ctxFor)
    const members = await Promise.all([1, 2, 3].map(() => newMember(caller, ['viewer'])))
    for (let i = 0; i < 8; i += 1) {
      const { id, name } = await createRole(ctxOf(caller), { name: `R ${i}`, description: '', scopes: ['agent:read'] })
      const assign = (userId: string | null) =>
        subgraph.ask(caller, 'mutation ($input: AssignRoleInput!) { assignRole(input: $input) { id } }', {
          input: { userId, role: name },
        })
      const [gone, ...given] = await Promise.all([
        deleteRole(ctxOf(caller), { roleId: id }).then(
          () => true,
          () => false,
        ),
        ...members.map(({ userId }) => assign(userId)),
      ])
      const holders = given.filter((answer) => answer.errors === undefined).length
      expect(gone ? holders : holders > 0).toBe(gone ? 0 : true)
    }
  })
})

test('a role of another organization is answered like one that never was', async () => {
  const [a, b] = await Promise.all([newOrganization(subgraph.ctxFor), newOrganization(subgraph.ctxFor)])
  const { id } = await createRole(ctxOf(a.caller), { name: 'Of A', description: '', scopes: ['agent:read'] })
  const foreign = await update(b.caller, { roleId: id, description: 'x' })
  expect(codeOf(foreign)).toBe('NOT_FOUND')
  expect(await update(b.caller, { roleId: newId(), description: 'x' })).toEqual(foreign)
  expect(await update(b.caller, { roleId: 'no id', description: 'x' })).toEqual(foreign)
  expect(codeOf(await remove(b.caller, id))).toBe('NOT_FOUND')
  await expect(inviteUser(ctxOf(b.caller), { email: someone(), roles: ['Of A'] })).rejects.toThrow(/no such role/i)
})
