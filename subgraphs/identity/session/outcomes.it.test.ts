import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AuditRecord } from '#contracts/audit-recorded.event'
import { anonymousCaller, type Caller, systemCaller, systemOrganizationId } from '#platform/caller/caller'
import { read } from '#platform/db/read'
import { newId } from '#platform/id'
import { memberCaller, newOrganization, password } from '../../../tests/kit/organizations.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { waitFor } from '../../../tests/kit/wait-for.ts'
import { identityConfig } from '../config.ts'
import { identity } from '../subgraph.ts'
import { inviteUser } from '../user/invite-user.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(identity, identityConfig)
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())

/** What was recorded of one client: told apart by its user agent, which nobody else has. */
const recordsOf = async (organizationId: string, userAgent: string | null): Promise<AuditRecord[]> => {
  const rows = await read(subgraph.ctxFor(systemCaller(organizationId)), (em) =>
    em.execute<{ data: AuditRecord }[]>(
      `select data from identity.outbox where type like 'audit.recorded@%' order by sequence`,
    ),
  )
  return rows.map(({ data }) => data).filter(({ context }) => context.userAgent === userAgent)
}
const client = (caller: Caller = anonymousCaller(null)): Caller => ({
  ...caller,
  address: '203.0.113.9',
  userAgent: `client ${newId()}`,
})

interface Signed {
  readonly caller: Caller
  readonly refreshToken: string
  readonly email: string
}
const login = `mutation ($email: String!, $password: String!) {
  login(input: { email: $email, password: $password }) { ... on SessionTokens { accessToken refreshToken } }
}`
const refresh = 'mutation ($token: String!) { refreshSession(input: { refreshToken: $token }) { refreshToken } }'
const switchTo =
  'mutation ($id: ID!) { switchOrganization(input: { organizationId: $id }) { accessToken user { id } } }'
const accept = `mutation ($token: String!, $password: String!) {
  acceptInvitation(input: { token: $token, name: "Ida", password: $password }) { id } }`

async function signedIn(): Promise<Signed> {
  const { email, caller, organizationId } = await newOrganization(subgraph.ctxFor)
  const answer = await subgraph.ask(client(), login, { email, password })
  const tokens = answer.data?.login as unknown as { accessToken: string; refreshToken: string }
  const claims = JSON.parse(Buffer.from(tokens.accessToken.split('.')[1] ?? '', 'base64url').toString())
  return { caller: client({ ...caller, organizationId, sessionId: claims.sid }), email, ...tokens }
}
const invitation = async ({ caller }: Signed) =>
  (await inviteUser(subgraph.ctxFor(caller), { email: `ida-${newId()}@example.com`, roles: ['viewer'] })).token

/** Who asks for what, and the one record that it leaves: where, and as what. */
interface Outcome {
  readonly by: Caller
  readonly query: string
  readonly variables?: Record<string, unknown>
  readonly organizationId: string
  readonly action: string
  readonly actor: 'user' | 'anonymous'
  readonly code?: string
}

const outcomes: Record<string, (one: Signed) => Outcome | Promise<Outcome>> = {
  'a sign-in': ({ email, caller: { organizationId } }) => ({
    by: client(),
    query: login,
    variables: { email, password },
    ...{ organizationId, action: 'session.created', actor: 'user' },
  }),
  'a refused sign-in': ({ email, caller: { organizationId } }) => ({
    by: client(),
    query: login,
    variables: { email, password: 'not the password at all' },
    ...{ organizationId, action: 'session.refused', actor: 'anonymous', code: 'SIGN_IN_REFUSED' },
  }),
  'a sign-in to an account that nobody has': () => ({
    by: client(),
    query: login,
    variables: { email: `${newId()}@example.com`, password },
    organizationId: systemOrganizationId,
    ...{ action: 'session.refused', actor: 'anonymous', code: 'SIGN_IN_REFUSED' },
  }),
  'a refresh': ({ refreshToken: token, caller: { organizationId } }) => ({
    by: client(),
    query: refresh,
    variables: { token },
    ...{ organizationId, action: 'session.refreshed', actor: 'user' },
  }),
  'a refresh of an ended session': async ({ refreshToken: token, caller }) => {
    await subgraph.ask({ ...caller, userAgent: null }, 'mutation { logout }')
    const { organizationId } = caller
    return {
      by: client(),
      query: refresh,
      variables: { token },
      ...{ organizationId, action: 'session.refused', actor: 'user', code: 'REFRESH_REFUSED' },
    }
  },
  'a refresh with a made-up token': () => ({
    by: client(),
    query: refresh,
    variables: { token: 'nonsense' },
    organizationId: systemOrganizationId,
    ...{ action: 'access.refused', actor: 'anonymous', code: 'REFRESH_REFUSED' },
  }),
  'a sign-out': ({ caller: by }) => ({
    by,
    query: 'mutation { logout }',
    ...{ organizationId: by.organizationId, action: 'session.ended', actor: 'user' },
  }),
  'a sign-out without a session': ({ caller }) => ({
    by: { ...caller, sessionId: null },
    query: 'mutation { logout }',
    ...{ organizationId: caller.organizationId, action: 'access.refused', actor: 'user', code: 'UNAUTHENTICATED' },
  }),
  'a change of organization': ({ caller: by }) => ({
    by,
    query: switchTo,
    variables: { id: by.organizationId },
    ...{ organizationId: by.organizationId, action: 'session.created', actor: 'user' },
  }),
  'a change of organization after the session has ended': async ({ caller: by }) => {
    await subgraph.ask({ ...by, userAgent: null }, 'mutation { logout }')
    const { organizationId } = by
    return {
      by,
      query: switchTo,
      variables: { id: organizationId },
      ...{ organizationId, action: 'access.refused', actor: 'user', code: 'UNAUTHENTICATED' },
    }
  },
  'an accepted invitation': async (one) => ({
    by: client(),
    query: accept,
    variables: { token: await invitation(one), password },
    ...{ organizationId: one.caller.organizationId, action: 'user.joined', actor: 'user' },
  }),
  'an invitation that is spent': async (one) => {
    const token = await invitation(one)
    await subgraph.ask(anonymousCaller(null), accept, { token, password })
    const { organizationId } = one.caller
    return {
      by: client(),
      query: accept,
      variables: { token, password: 'another password it is' },
      ...{ organizationId, action: 'user.join-refused', actor: 'anonymous', code: 'INVITATION_INVALID' },
    }
  },
  'an invitation that never was': () => ({
    by: client(),
    query: accept,
    variables: { token: 'nonsense', password },
    organizationId: systemOrganizationId,
    ...{ action: 'access.refused', actor: 'anonymous', code: 'INVITATION_INVALID' },
  }),
  'a field that the row refuses': ({ caller: { organizationId, userId } }) => ({
    by: client(memberCaller(organizationId, [])),
    query: 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { name email } } }',
    variables: { of: [{ __typename: 'User', id: userId }] },
    ...{ organizationId, action: 'access.refused', actor: 'user', code: 'FORBIDDEN' },
  }),
  'a right that the caller wants to grant without having it': ({ caller }) => ({
    by: client(memberCaller(caller.organizationId, ['admin'])),
    query: 'mutation ($id: ID!) { assignRole(input: { userId: $id, role: "owner" }) { id } }',
    variables: { id: caller.userId },
    ...{ organizationId: caller.organizationId, action: 'access.refused', actor: 'user', code: 'FORBIDDEN' },
  }),
  'two sign-ins in one operation': ({ email }) => ({
    by: client(),
    query: `mutation ($email: String!, $password: String!) {
      a: login(input: { email: $email, password: $password }) { __typename }
      b: login(input: { email: $email, password: $password }) { __typename } }`,
    variables: { email, password },
    organizationId: systemOrganizationId,
    ...{ action: 'access.refused', actor: 'anonymous', code: 'OPERATION_NOT_ALLOWED' },
  }),
}

test.each(Object.entries(outcomes))(
  '%s leaves one record, with address, user agent and trace',
  async (_what, outcome) => {
    const { by, query, variables, organizationId, action, actor, code } = await outcome(await signedIn())
    const served = await open()
    const answer = await served.ask(by, query, variables)
    // Which then stores all that it still holds: a second record of the same could only come now.
    await served.close()
    expect(answer.errors?.map((error) => error.extensions.code)).toEqual(code === undefined ? undefined : [code])
    const places = new Set([organizationId, by.organizationId, systemOrganizationId])
    const records = await Promise.all([...places].map((place) => recordsOf(place, by.userAgent)))
    expect(records.flat()).toHaveLength(1)
    expect(records[0]).toMatchObject([
      {
        action,
        outcome: code === undefined ? 'succeeded' : 'refused',
        actor: { type: actor },
        context: { address: '203.0.113.9', userAgent: by.userAgent, traceId: expect.stringMatching(/^[0-9a-f]{32}$/) },
      },
    ])
  },
)

test('each place names what was refused there, many times in one', async () => {
  const { caller } = await signedIn()
  const nobody = client(memberCaller(caller.organizationId, []))
  const of = Array.from({ length: 500 }, () => ({ __typename: 'User', id: caller.userId }))
  const entities = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { email mail: email } } }'
  const answer = await subgraph.ask(nobody, entities, { of })
  expect(answer.errors).toHaveLength(1_000)
  const records = await waitFor('the record', async () => {
    const found = await recordsOf(caller.organizationId, nobody.userAgent)
    return found.length > 0 && found
  })
  expect(records).toMatchObject([
    { targets: [{ type: 'field', id: 'User.email' }], context: { detail: { count: 1_000 } } },
  ])
})

test('what a subgraph has not stored yet when it is told to stop, it stores then', async () => {
  const { caller } = await signedIn()
  const by = client({ ...caller, sessionId: null })
  const second = await open()
  await second.ask(by, 'mutation { logout }')
  await second.close()
  expect(await recordsOf(caller.organizationId, by.userAgent)).toHaveLength(1)
})

test('what belongs to another organization is not found, and no record tells of it', async () => {
  const { caller } = await signedIn()
  const stranger = await signedIn()
  const second = await open()
  const by = client(memberCaller(caller.organizationId, ['owner']))
  const answer = await second.ask(by, 'query ($id: ID!) { user(id: $id) { name } }', { id: stranger.caller.userId })
  expect(answer.errors?.[0]?.extensions.code).toBe('NOT_FOUND')
  await second.close()
  expect(await recordsOf(caller.organizationId, by.userAgent)).toEqual([])
})
