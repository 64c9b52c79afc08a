import { beforeAll, expect, test } from 'vitest'
import { newId } from '#platform/id'
import type { VisitedHouse } from '../kit/house.ts'
import { asking, finishedRun, newAgent, newConnection, startRun } from '../kit/house-runs.ts'
import { newMember, newOwner, type Person, signIn } from '../kit/people.ts'
import { sharedHouse } from '../kit/shared-house.ts'
import { waitFor } from '../kit/wait-for.ts'

let house: VisitedHouse
let owner: Person
beforeAll(async () => {
  house = await sharedHouse()
  owner = await newOwner(house, 'Acme')
})

const biteMs = 2_000
const statusOf = async (token: string) => (await house.ask('{ me { id } }', { token })).status
const bites = (token: string) => waitFor('the token to be refused', async () => (await statusOf(token)) === 401, biteMs)
const refresh = async (refreshToken: string) =>
  (
    await house.data<{ refreshSession: { accessToken: string } }>(
      'mutation ($refreshToken: String!) { refreshSession(input: { refreshToken: $refreshToken }) { accessToken } }',
      { variables: { refreshToken } },
    )
  ).refreshSession.accessToken
const scopesOf = async (token: string) =>
  (await house.data<{ viewer: { scopes: string[] } }>('{ viewer { scopes } }', { token })).viewer.scopes

test('the access token of a session that its user ended is refused within two seconds, that of another is not', async () => {
  const member = await newMember(house, owner, ['viewer'])
  const second = await signIn(house, member)
  expect(await house.data('mutation { logout }', { token: member.token })).toEqual({ logout: true })
  await bites(member.token)
  expect(await statusOf(second.token)).toBe(200)
  await house.data('mutation { logoutEverywhere }', { token: second.token })
  await bites(second.token)
})

test('a role that is taken away is gone within two seconds: the old token is refused, a new one is without it', async () => {
  const member = await newMember(house, owner, ['viewer', 'operator'])
  expect(await scopesOf(member.token)).toContain('run:start')
  await house.data('mutation ($input: RevokeRoleInput!) { revokeRole(input: $input) { id } }', {
    token: owner.token,
    variables: { input: { userId: member.id, role: 'operator' } },
  })
  await bites(member.token)
  const token = await refresh(member.refreshToken)
  expect(await scopesOf(token)).not.toContain('run:start')
  expect(await statusOf(token)).toBe(200)
})

test('a session that an administrator revoked is gone within two seconds', async () => {
  const member = await newMember(house, owner, ['viewer'])
  const { sessions } = await house.data<{ sessions: { edges: { node: { id: string } }[] } }>(
    'query ($userId: ID) { sessions(userId: $userId) { edges { node { id user { id } } } } }',
    { token: owner.token, variables: { userId: member.id } },
  )
  expect(sessions.edges).toHaveLength(1)
  await house.data('mutation ($id: ID!) { revokeSession(input: { sessionId: $id }) { id } }', {
    token: owner.token,
    variables: { id: sessions.edges[0]?.node.id },
  })
  await bites(member.token)
})

test('a refresh token that another client spends again ends the session on every node, and the record names it', async () => {
  const member = await newMember(house, owner, ['viewer'])
  const token = await refresh(member.refreshToken)
  const stolen = await house.ask(
    'mutation ($t: String!) { refreshSession(input: { refreshToken: $t }) { accessToken } }',
    { variables: { t: member.refreshToken }, headers: { 'user-agent': 'thief/1' } },
  )
  expect(stolen.body.errors?.[0]?.extensions.code).toBe('REFRESH_REFUSED')
  await bites(token)
  const event = await waitFor('the record', async () => {
    const { auditEvents } = await house.data<{
      auditEvents: { edges: { node: { outcome: string; actor: { id: string }; context: { userAgent: string } } }[] }
    }>(
      `{ auditEvents(filter: { actions: ["session.reuse-detected"] }) {
        edges { node { outcome actor { ... on User { id } } context { userAgent address traceId } } } } }`,
      { token: owner.token },
    )
    return auditEvents.edges[0]?.node
  })
  expect(event).toMatchObject({
    outcome: 'REFUSED',
    actor: { id: member.id },
    context: { userAgent: 'thief/1', address: expect.any(String), traceId: expect.stringMatching(/^[0-9a-f]{32}$/) },
  })
})

/** Waits between two questions to the platform, so that something can happen in between. */
const twoQuestions = (connection: string) => ({
  grants: ['agent:read', 'run:read', 'run:start'],
  steps: [
    { ...asking(connection, '{ agents(first: 1) { totalCount } }', []).steps[0], id: 'first' },
    { id: 'pause', kind: 'wait', for: '3s' },
    { ...asking(connection, '{ agents(first: 1) { totalCount } }', []).steps[0], id: 'second' },
  ],
})

test('a right that the starter of a run loses between two of its steps is lost to the run; disabled, they end it', async () => {
  const connection = await newConnection(house, owner)
  const agentId = await newAgent(house, owner, { definition: twoQuestions(connection) })
  const roleOf = async (scopes: readonly string[]) => {
    const name = `Role ${newId().slice(-12)}`
    await house.data('mutation ($input: CreateRoleInput!) { createRole(input: $input) { id } }', {
      token: owner.token,
      variables: { input: { name, description: '', scopes } },
    })
    return name
  }
  const [starter, reader] = [await roleOf(['run:start', 'run:read']), await roleOf(['agent:read'])]
  const members = [
    await newMember(house, owner, [starter, reader]),
    await newMember(house, owner, [starter, reader]),
    await newMember(house, owner, [starter, reader]),
  ] as const
  const runs = await Promise.all(members.map((member) => startRun(house, member, agentId)))
  for (const id of runs)
    await waitFor('the pause', async () => {
      const query = 'query ($id: ID!) { run(id: $id) { status } }'
      const { run } = await house.data<{ run: { status: string } }>(query, { token: owner.token, variables: { id } })
      return run.status === 'WAITING'
    })
  await house.data('mutation ($input: RevokeRoleInput!) { revokeRole(input: $input) { id } }', {
    token: owner.token,
    variables: { input: { userId: members[1].id, role: reader } },
  })
  await house.data('mutation ($input: DeactivateUserInput!) { deactivateUser(input: $input) { id } }', {
    token: owner.token,
    variables: { input: { userId: members[2].id } },
  })
  const ends = await Promise.all(runs.map((id) => finishedRun(house, owner, id)))
  expect(ends).toMatchObject([
    { status: 'SUCCEEDED' },
    { status: 'FAILED', error: { step: 'second' } },
    { status: 'FAILED', error: { code: 'STARTER_INACTIVE' } },
  ])
})

test('a schedule stops when its owner is disabled', async () => {
  const member = await newMember(house, owner, ['operator'])
  const agentId = await newAgent(house, owner)
  const { createSchedule } = await house.data<{ createSchedule: { id: string } }>(
    'mutation ($input: CreateScheduleInput!) { createSchedule(input: $input) { id } }',
    { token: member.token, variables: { input: { agentId, name: 'Every second', cron: '* * * * * *' } } },
  )
  const schedule = async () =>
    (
      await house.data<{
        schedule: { paused: { code: string } | null; lastRun: { startedBy: { id: string } } | null }
      }>('query ($id: ID!) { schedule(id: $id) { paused { code } lastRun { startedBy { id } } } }', {
        token: owner.token,
        variables: { id: createSchedule.id },
      })
    ).schedule
  const run = await waitFor('a run', async () => (await schedule()).lastRun)
  expect(run.startedBy.id).toBe(member.id)
  await house.data('mutation ($input: DeactivateUserInput!) { deactivateUser(input: $input) { id } }', {
    token: owner.token,
    variables: { input: { userId: member.id } },
  })
  expect(await waitFor('the pause', async () => (await schedule()).paused)).toEqual({ code: 'OWNER_INACTIVE' })
})
