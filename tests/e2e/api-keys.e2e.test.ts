import { beforeAll, expect, test } from 'vitest'
import { base62, forgedKey } from '../kit/api-keys.ts'
import type { VisitedHouse } from '../kit/house.ts'
import { asking, finishedRun, newAgent, newConnection, startRun } from '../kit/house-runs.ts'
import { newApiKey, newMember, newOwner, newRole, type Person } from '../kit/people.ts'
import { sharedHouse } from '../kit/shared-house.ts'
import { waitFor } from '../kit/wait-for.ts'

let house: VisitedHouse
let owner: Person
beforeAll(async () => {
  house = await sharedHouse()
  owner = await newOwner(house, 'Acme')
})

const biteMs = 2_000
const ask = (key: string, query: string, variables: object = {}) =>
  house.ask(query, { variables: { ...variables }, headers: { 'x-api-key': key } })
const statusOf = async (key: string) => (await ask(key, '{ me { id } }')).status
const scopesOf = async (key: string) => {
  const { body } = await ask(key, '{ viewer { scopes } }')
  return (body.data?.viewer as { scopes: string[] } | undefined)?.scopes
}
const asOwner = <T>(query: string, variables: object) =>
  house.data<T>(query, { token: owner.token, variables: { ...variables } })

test('a key acts for its user with its scopes, and no field beyond them', async () => {
  const { key } = await newApiKey(house, owner, ['agent:read'])
  const { body } = await ask(
    key,
    '{ me { id } viewer { scopes roles } agents { totalCount } connections { totalCount } }',
  )
  expect(body.data).toMatchObject({
    me: { id: owner.id },
    viewer: { scopes: ['agent:read'], roles: [] },
    agents: { totalCount: expect.any(Number) },
    connections: null,
  })
  expect(body.errors).toMatchObject([{ path: ['connections'], extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' } }])
})

test('a revoked key is refused within two seconds', async () => {
  const { id, key } = await newApiKey(house, owner, ['agent:read'])
  expect(await statusOf(key)).toBe(200)
  await asOwner('mutation ($id: ID!) { revokeApiKey(input: { apiKeyId: $id }) { revokedAt } }', { id })
  await waitFor('the refusal', async () => (await statusOf(key)) === 401, biteMs)
})

test('when a role is narrowed, or taken away, the keys of who held it are narrower within two seconds', async () => {
  const name = 'Reader and writer'
  const roleId = await newRole(house, owner, name)
  const scopes = ['agent:read', 'agent:write', 'api-key:write']
  const change = 'mutation ($input: UpdateRoleInput!) { updateRole(input: $input) { id } }'
  await asOwner(change, { input: { roleId, scopes } })
  const member = await newMember(house, owner, ['viewer', name])
  const { key } = await newApiKey(house, member, ['agent:read', 'agent:write'])
  expect(await scopesOf(key)).toEqual(['agent:read', 'agent:write'])
  await asOwner(change, { input: { roleId, scopes: ['agent:read', 'api-key:write'] } })
  await waitFor('the narrower key', async () => (await scopesOf(key))?.join() === 'agent:read', biteMs)
  const revoke = 'mutation ($input: RevokeRoleInput!) { revokeRole(input: $input) { id } }'
  await asOwner(revoke, { input: { userId: member.id, role: 'viewer' } })
  await asOwner(revoke, { input: { userId: member.id, role: name } })
  await waitFor('the key without scopes', async () => (await scopesOf(key))?.length === 0, biteMs)
})

test('the keys of a user who is deactivated end within two seconds', async () => {
  const member = await newMember(house, owner, ['admin'])
  const { key } = await newApiKey(house, member, ['agent:read'])
  expect(await statusOf(key)).toBe(200)
  await asOwner('mutation ($id: ID!) { deactivateUser(input: { userId: $id }) { id } }', { id: member.id })
  await waitFor('the refusal', async () => (await statusOf(key)) === 401, biteMs)
})

test('a key ends when its time is over', async () => {
  const expiresAt = new Date(Date.now() + 1_500)
  const { key } = await newApiKey(house, owner, ['agent:read'], { expiresAt })
  expect(await statusOf(key)).toBe(200)
  await waitFor('the end', async () => (await statusOf(key)) === 401, 3_000)
  expect(Date.now()).toBeGreaterThanOrEqual(expiresAt.getTime())
})

test('a key has its own rate limit', async () => {
  const { key } = await newApiKey(house, owner, ['agent:read'], { rateLimitPerMinute: 2 })
  const answers = [await ask(key, '{ me { id } }'), await ask(key, '{ me { id } }'), await ask(key, '{ me { id } }')]
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 429])
  expect(answers[2]?.body.errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }])
  expect(Number(answers[2]?.headers.get('retry-after'))).toBeGreaterThan(0)
})

test('whoever reads the rows of keys cannot use one', async () => {
  const { id, key } = await newApiKey(house, owner, ['agent:read'])
  const [row] = await house.asSuperuser(async (client) => {
    return (await client.query('select * from identity.api_key where id = $1', [id])).rows
  })
  expect(JSON.stringify(row)).not.toContain(key.slice(row.prefix.length + 1, -7))
  for (const secret of [base62(BigInt(`0x${row.secret_hash}`), 43), row.secret_hash.slice(0, 43)])
    expect(await statusOf(forgedKey(row.prefix, secret))).toBe(401)
  expect(await statusOf(key)).toBe(200)
})

test('no process writes a key, or its secret, to its log', async () => {
  const { key } = await newApiKey(house, owner, ['agent:read'])
  expect(await statusOf(key)).toBe(200)
  await statusOf(`${key}x`)
  await statusOf(forgedKey(key.slice(0, -51), base62(7n, 43)))
  const [secret = ''] = key.split('_').slice(3)
  expect(secret).toHaveLength(43)
  expect(house.lines.length).toBeGreaterThan(0)
  expect(house.lines.filter(({ text }) => text.includes(secret))).toEqual([])
})

test('the last use of a key is known within a minute', async () => {
  const { id, key } = await newApiKey(house, owner, ['agent:read'])
  const started = Date.now()
  await statusOf(key)
  const { apiKeys } = await asOwner<{ apiKeys: { edges: { node: { id: string; lastUsedAt: string } }[] } }>(
    '{ apiKeys(first: 100) { edges { node { id lastUsedAt } } } }',
    {},
  )
  const { lastUsedAt } = apiKeys.edges.find(({ node }) => node.id === id)?.node ?? {}
  expect(Date.parse(lastUsedAt ?? '')).toBeGreaterThanOrEqual(started)
})

test('what a key did stands in the trail under its name, and its user’s', async () => {
  const { id, key } = await newApiKey(house, owner, ['agent:write', 'agent:read'], { name: 'Builder' })
  const made = await ask(key, 'mutation { createAgent(input: { name: "By key" }) { id } }')
  const { id: targetId } = (made.body.data?.createAgent ?? {}) as { id?: string }
  const event = await waitFor('the record', async () => {
    const { auditEvents } = await asOwner<{ auditEvents: { edges: { node: object }[] } }>(
      `query ($targetId: ID!) { auditEvents(filter: { targetId: $targetId }) { edges { node {
        action onBehalfOf { id } actor { __typename ... on ApiKey { id name prefix owner { id } } }
      } } } }`,
      { targetId },
    )
    return auditEvents.edges[0]?.node
  })
  expect(event).toEqual({
    action: 'agent.created',
    onBehalfOf: { id: owner.id },
    actor: { __typename: 'ApiKey', id, name: 'Builder', prefix: key.slice(0, -51), owner: { id: owner.id } },
  })
})

test('a run that a key starts is its user’s, and reaches no further than the key', async () => {
  const definition = asking(await newConnection(house, owner), '{ viewer { scopes } }', [
    'agent:read',
    'connection:read',
  ])
  const agentId = await newAgent(house, owner, { definition })
  const { key } = await newApiKey(house, owner, ['run:start', 'run:read', 'agent:read'])
  const start = await ask(key, 'mutation ($id: ID!) { startRun(input: { agentId: $id }) { id startedBy { id } } }', {
    id: agentId,
  })
  const run = start.body.data?.startRun as { id: string; startedBy: object }
  expect(run.startedBy).toEqual({ id: owner.id })
  expect(await finishedRun(house, owner, run.id)).toMatchObject({ output: { viewer: { scopes: ['agent:read'] } } })
  const byOwner = await finishedRun(house, owner, await startRun(house, owner, agentId))
  expect(byOwner).toMatchObject({ output: { viewer: { scopes: ['agent:read', 'connection:read'] } } })
})
