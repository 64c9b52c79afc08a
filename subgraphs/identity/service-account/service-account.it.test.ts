import { afterAll, beforeAll, expect, test } from 'vitest'
import { anonymousCaller, type Caller } from '#platform/caller/caller'
import { read } from '#platform/db/read'
import { newId } from '#platform/id'
import { memberCaller, newOrganization, password } from '../../../tests/kit/organizations.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { identityConfig } from '../config.ts'
import { logIn } from '../session/log-in.ts'
import { identity } from '../subgraph.ts'
import { acceptInvitation } from '../user/accept-invitation.ts'
import { inviteUser } from '../user/invite-user.ts'
import { User } from '../user/user.entity.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(identity, identityConfig)
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())

const create = (caller: Caller, roles: string[], name = 'Deployer') =>
  subgraph.ask(
    caller,
    'mutation ($input: CreateServiceAccountInput!) { createServiceAccount(input: $input) { id name kind email roles } }',
    { input: { name, roles } },
  )
const codeOf = (answer: Awaited<ReturnType<typeof create>>) => answer.errors?.[0]?.extensions.code
const anonymous = () => subgraph.ctxFor(anonymousCaller(null))

test('a service account is a member with roles, listed among the users', async () => {
  const { caller, owner } = await newOrganization(subgraph.ctxFor)
  const { data } = await create(caller, ['operator'])
  expect(data?.createServiceAccount).toMatchObject({
    name: 'Deployer',
    kind: 'SERVICE',
    email: null,
    roles: ['operator'],
  })
  const made = data?.createServiceAccount as unknown as { id: string } | undefined
  const listed = await subgraph.ask(caller, '{ users { edges { node { id kind } } } }')
  expect(listed.data?.users).toEqual({
    edges: [{ node: { id: made?.id, kind: 'SERVICE' } }, { node: { id: owner.id, kind: 'PERSON' } }],
  })
})

test('nobody signs in as a service account, and no invitation leads into it', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const { data } = await create(caller, ['operator'])
  const { id } = data?.createServiceAccount ?? { id: '' }
  const row = await read(subgraph.ctxFor(caller), (em) => em.findOne(User, { id }))
  const email = row?.email ?? ''
  const unknown = await logIn(anonymous(), { email: `nobody-${newId()}@example.com`, password }).catch(String)
  expect(await logIn(anonymous(), { email, password }).catch(String)).toBe(unknown)
  const { token } = await inviteUser(subgraph.ctxFor(caller), { email, roles: ['admin'] })
  const joining = acceptInvitation(anonymous(), { token: token ?? '', name: 'Mallory', password })
  await expect(joining).rejects.toThrow(/cannot be accepted/)
})

test('nobody makes one that may do more than they may', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const { token } = await inviteUser(subgraph.ctxFor(caller), { email: `a-${newId()}@example.com`, roles: ['admin'] })
  const { id } = await acceptInvitation(anonymous(), { token: token ?? '', name: 'Ada Admin', password })
  const admin = memberCaller(caller.organizationId, ['admin'], id)
  expect(codeOf(await create(admin, ['auditor']))).toBe('FORBIDDEN')
  expect(codeOf(await create(admin, ['operator']))).toBeUndefined()
  expect(codeOf(await create(admin, ['no such role']))).toBe('BAD_USER_INPUT')
  expect(codeOf(await create(admin, []))).toBe('BAD_USER_INPUT')
  expect(codeOf(await create(admin, ['operator'], ' '))).toBe('BAD_USER_INPUT')
  expect(codeOf(await create({ ...admin, authTime: null }, ['operator']))).toBe('STEP_UP_REQUIRED')
})
