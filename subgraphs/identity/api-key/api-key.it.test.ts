import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newApiKeyText } from '#platform/caller/api-key-text'
import { anonymousCaller, type Caller, systemCaller } from '#platform/caller/caller'
import { read } from '#platform/db/read'
import { newId } from '#platform/id'
import { base62, forgedKey, verifyKey } from '../../../tests/kit/api-keys.ts'
import { memberCaller, newOrganization, password } from '../../../tests/kit/organizations.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { identityConfig } from '../config.ts'
import { loadMember } from '../membership/membership.queries.ts'
import { revocationsAfter } from '../revocation/revocation.queries.ts'
import { revokeRole } from '../role/revoke-role.ts'
import { createServiceAccount } from '../service-account/create-service-account.ts'
import { identity } from '../subgraph.ts'
import { acceptInvitation } from '../user/accept-invitation.ts'
import { deleteUser } from '../user/delete-user.ts'
import { inviteUser } from '../user/invite-user.ts'
import { ApiKey } from './api-key.entity.ts'
import { keysPerUserMax } from './api-key.limits.ts'
import { createApiKey } from './create-api-key.ts'
import { revokeApiKey } from './revoke-api-key.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(identity, identityConfig)
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())

const ctxOf = (caller: Caller) => subgraph.ctxFor(caller)
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000)

async function newMember(caller: Caller, roles: string[]): Promise<Caller> {
  const { token } = await inviteUser(ctxOf(caller), { email: `m-${newId()}@example.com`, roles })
  const user = await acceptInvitation(ctxOf(anonymousCaller(null)), {
    token: token ?? '',
    name: 'Mia Member',
    password,
  })
  return memberCaller(caller.organizationId, roles, user.id)
}
const newKey = (caller: Caller, scopes: string[], more: object = {}) =>
  createApiKey(ctxOf(caller), { name: 'Deploy', scopes, rateLimitPerMinute: 600, ...more })
const verify = (text: string, client?: { address: string; userAgent: string }) => verifyKey(subgraph, text, client)
const rowOf = ({ organizationId }: Caller, id: string) =>
  read(ctxOf(systemCaller(organizationId)), (em) => em.findOne(ApiKey, { id }, { refresh: true }))
const change = (caller: Caller, sql: string, values: unknown[]) =>
  subgraph.db.orm.em.fork().transactional(async (em) => {
    await em.execute(`select set_config('app.organization_id', ?, true)`, [caller.organizationId])
    await em.execute(sql, values)
  })
const create = (caller: Caller, input: object) =>
  subgraph.ask(
    caller,
    `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) {
      id name prefix key scopes rateLimitPerMinute expiresAt lastUsedAt revokedAt owner { id } createdBy { id }
    } }`,
    { input: { name: 'Deploy', scopes: ['agent:read'], ...input } },
  )
const codeOf = (answer: Awaited<ReturnType<typeof create>>) => answer.errors?.[0]?.extensions.code

describe('a new key', () => {
  test('is shown once, and only its hash is kept', async () => {
    const { caller, owner } = await newOrganization(subgraph.ctxFor)
    const { data: answer } = await create(caller, { scopes: ['run:start', 'agent:read'] })
    const made = answer?.createApiKey as unknown as {
      id: string
      key: string
      prefix: string
      expiresAt: string
    }
    expect(made).toMatchObject({ name: 'Deploy', scopes: ['agent:read', 'run:start'], rateLimitPerMinute: 600 })
    expect(made).toMatchObject({ owner: { id: owner.id }, createdBy: { id: owner.id }, lastUsedAt: null })
    expect(Math.round((Date.parse(made.expiresAt) - Date.now()) / 86_400_000)).toBe(90)
    expect(made.key.startsWith(`${made.prefix}_`)).toBe(true)
    const row = JSON.stringify({ ...(await rowOf(caller, made.id)) })
    const secret = made.key.slice(made.prefix.length + 1, -7)
    expect(row).toContain(createHash('sha256').update(secret).digest('hex'))
    expect(row).not.toContain(secret)
    const { data } = await subgraph.ask(caller, '{ apiKeys { edges { node { id key prefix } } } }')
    expect(data?.apiKeys).toEqual({ edges: [{ node: { id: made.id, key: null, prefix: made.prefix } }] })
  })

  test('speaks for its user with its scopes', async () => {
    const { caller, owner, organizationId } = await newOrganization(subgraph.ctxFor)
    const { row, text } = await newKey(caller, ['agent:read'], { rateLimitPerMinute: 7 })
    expect(await verify(text)).toMatchObject({
      apiKeyId: row.id,
      userId: owner.id,
      organizationId,
      scopes: ['agent:read'],
      rateLimitPerMinute: 7,
      subjects: [
        `api-key:${row.id}`,
        `user:${owner.id}`,
        `member:${organizationId}/${owner.id}`,
        `role:${organizationId}/owner`,
      ],
    })
  })

  test.each<[object, string]>([
    [{ scopes: [] }, 'BAD_USER_INPUT'],
    [{ scopes: ['nothing:such'] }, 'BAD_USER_INPUT'],
    [{ scopes: ['ops:read'] }, 'FORBIDDEN'],
    [{ name: ' ' }, 'BAD_USER_INPUT'],
    [{ rateLimitPerMinute: 0 }, 'BAD_USER_INPUT'],
    [{ rateLimitPerMinute: 10_001 }, 'BAD_USER_INPUT'],
    [{ expiresAt: inDays(-1) }, 'BAD_USER_INPUT'],
    [{ expiresAt: inDays(367) }, 'BAD_USER_INPUT'],
    [{ serviceAccountId: newId() }, 'NOT_FOUND'],
    [{ serviceAccountId: 'x' }, 'NOT_FOUND'],
  ])('is not made of %j', async (input, code) => {
    const { caller } = await newOrganization(subgraph.ctxFor)
    expect(codeOf(await create(caller, input))).toBe(code)
  })

  test('is made only by somebody who has proven lately who they are, so never by a key', async () => {
    const { caller } = await newOrganization(subgraph.ctxFor)
    expect(codeOf(await create({ ...caller, authTime: Math.floor(Date.now() / 1000) - 301 }, {}))).toBe(
      'STEP_UP_REQUIRED',
    )
    expect(codeOf(await create({ ...caller, sessionId: null, authTime: null, apiKeyId: newId() }, {}))).toBe(
      'STEP_UP_REQUIRED',
    )
  })

  test('has no scope that its maker lacks, whatever their token still says', async () => {
    const { caller } = await newOrganization(subgraph.ctxFor)
    const admin = await newMember(caller, ['admin'])
    expect(codeOf(await create(admin, { scopes: ['audit:export'] }))).toBe('FORBIDDEN')
    const stale = { ...admin, scopes: [...admin.scopes, 'audit:export'] }
    expect(codeOf(await create(stale, { scopes: ['audit:export'] }))).toBe('FORBIDDEN')
  })

  test('is refused beyond the number that a user can have, even when made at the same moment', async () => {
    const { caller } = await newOrganization(subgraph.ctxFor)
    for (let i = 0; i < keysPerUserMax - 1; i += 1) await newKey(caller, ['agent:read'])
    const last = await Promise.all([1, 2, 3].map(() => create(caller, {})))
    expect(last.map(codeOf).toSorted()).toEqual(['API_KEY_LIMIT', 'API_KEY_LIMIT', undefined])
  })
})

describe('a key is worth nothing', () => {
  test('with another secret, even the one that a leaked row shows', async () => {
    const { caller, organizationId } = await newOrganization(subgraph.ctxFor)
    const { row, text } = await newKey(caller, ['agent:read'])
    const forged = newApiKeyText('dev', organizationId, row.id)
    expect(await verify(forged.text)).toBeNull()
    // What a row gives away is a hash; presented in place of the secret it is only another wrong secret.
    const stored = (await rowOf(caller, row.id))?.secretHash ?? ''
    expect(stored).toMatch(/^[0-9a-f]{64}$/)
    const asSecret = base62(BigInt(`0x${stored}`), 43)
    for (const secret of [asSecret, stored.slice(0, 43)])
      expect(await verify(forgedKey(row.prefix, secret)), secret).toBeNull()
    expect(await verify(text)).not.toBeNull()
  })

  test('when it was never made, or is none at all', async () => {
    expect(await verify(newApiKeyText('live', newId(), newId()).text)).toBeNull()
    expect(await verify('fo_live_x')).toBeNull()
    expect(await verify('')).toBeNull()
  })

  test('after it expired', async () => {
    const { caller } = await newOrganization(subgraph.ctxFor)
    const { row, text } = await newKey(caller, ['agent:read'])
    expect(await verify(text)).not.toBeNull()
    await change(caller, `update identity.api_key set expires_at = now() where id = ?`, [row.id])
    expect(await verify(text)).toBeNull()
  })

  test('after it was revoked, which the revocation list tells the gateways', async () => {
    const { caller } = await newOrganization(subgraph.ctxFor)
    const { row, text } = await newKey(caller, ['agent:read'])
    const before = (await verify(text))?.revision ?? 0
    await revokeApiKey(ctxOf(caller), { apiKeyId: row.id })
    const lines = await read(ctxOf(caller), (em) => revocationsAfter(em, before, 1_000))
    expect(lines.map((line) => line.subject)).toContain(`api-key:${row.id}`)
    expect(await verify(text)).toBeNull()
  })

  test.each([
    ['deactivated', `update identity.membership set deactivated_at = now() where user_id = ?`],
    ['gone', `delete from identity.membership where user_id = ?`],
  ])('while its user is %s', async (_what, sql) => {
    const { caller } = await newOrganization(subgraph.ctxFor)
    const admin = await newMember(caller, ['admin'])
    const { text } = await newKey(admin, ['agent:read'])
    expect(await verify(text)).not.toBeNull()
    await change(caller, sql, [admin.userId])
    expect(await verify(text)).toBeNull()
  })
})

describe('what a key may do is decided when it is used', () => {
  test('its user loses a role, and it loses what the role stood for', async () => {
    const { caller } = await newOrganization(subgraph.ctxFor)
    const admin = await newMember(caller, ['admin', 'auditor'])
    const { text } = await newKey(admin, ['agent:read', 'audit:export'])
    expect((await verify(text))?.scopes).toEqual(['agent:read', 'audit:export'])
    await revokeRole(ctxOf(caller), { userId: admin.userId ?? '', role: 'auditor' })
    expect((await verify(text))?.scopes).toEqual(['agent:read'])
  })

  test('a key of a service account does no more than the account, and no more than its maker', async () => {
    const { caller, organizationId } = await newOrganization(subgraph.ctxFor)
    const admin = await newMember(caller, ['admin', 'auditor'])
    const account = await createServiceAccount(ctxOf(caller), { name: 'Deployer', roles: ['operator', 'auditor'] })
    const wide = newKey(admin, ['agent:write'], { serviceAccountId: account.id })
    await expect(wide).rejects.toThrow(/service account’s roles/)
    const { text } = await newKey(admin, ['run:start', 'audit:export'], { serviceAccountId: account.id })
    const first = await verify(text)
    expect(first).toMatchObject({ userId: account.id, scopes: ['run:start', 'audit:export'] })
    expect(first?.subjects).toEqual(
      expect.arrayContaining([
        ...[account.id, admin.userId].map((id) => `member:${organizationId}/${id}`),
        ...['operator', 'auditor', 'admin'].map((name) => `role:${organizationId}/${name}`),
      ]),
    )
    await revokeRole(ctxOf(caller), { userId: admin.userId ?? '', role: 'auditor' })
    expect((await verify(text))?.scopes).toEqual(['run:start'])
    await revokeRole(ctxOf(caller), { userId: account.id, role: 'operator' })
    expect((await verify(text))?.scopes).toEqual([])
    await change(caller, `update identity.membership set deactivated_at = now() where user_id = ?`, [admin.userId])
    expect(await verify(text)).toBeNull()
  })

  test('a key whose maker left stays ended when its maker comes back', async () => {
    const { caller } = await newOrganization(subgraph.ctxFor)
    const maker = await newMember(caller, ['admin'])
    const account = await createServiceAccount(ctxOf(caller), { name: 'Robot', roles: ['viewer'] })
    const { text, row } = await newKey(maker, ['agent:read'], { serviceAccountId: account.id })
    expect(await verify(text)).not.toBeNull()
    await deleteUser(ctxOf(caller), maker.userId ?? '')
    expect(await verify(text)).toBeNull()
    expect((await rowOf(caller, row.id))?.revokedAt).not.toBeNull()
  })

  test('no key is made for a person other than oneself', async () => {
    const { caller, owner } = await newOrganization(subgraph.ctxFor)
    const admin = await newMember(caller, ['admin'])
    expect(codeOf(await create(admin, { serviceAccountId: owner.id }))).toBe('NOT_FOUND')
  })
})

describe('a use is written down', () => {
  test('within a minute, without a write for each', async () => {
    const { caller } = await newOrganization(subgraph.ctxFor)
    const { row, text } = await newKey(caller, ['agent:read'])
    const lastUse = async () => (await rowOf(caller, row.id))?.lastUsedAt?.getTime() ?? 0
    const started = Date.now()
    await verify(text)
    const first = await lastUse()
    expect(first).toBeGreaterThanOrEqual(started)
    await Promise.all(Array.from({ length: 10 }, () => verify(text)))
    expect(await lastUse()).toBe(first)
    await change(caller, `update identity.api_key set last_used_at = now() - interval '26 seconds' where id = ?`, [
      row.id,
    ])
    await Promise.all(Array.from({ length: 10 }, () => verify(text)))
    expect(await lastUse()).toBeGreaterThanOrEqual(first)
  })

  test('the trail gets the first use, a new address, and the first refusals of each minute', async () => {
    const { caller, owner } = await newOrganization(subgraph.ctxFor)
    const { row, text } = await newKey(caller, ['agent:read'])
    const client = (address: string) => ({ address, userAgent: 'curl' })
    const settle = () =>
      change(caller, `update identity.api_key set last_used_at = last_used_at - interval '30 seconds' where id = ?`, [
        row.id,
      ])
    await verify(text, client('203.0.113.1'))
    await settle()
    await verify(text, client('203.0.113.1'))
    await settle()
    await verify(text, client('203.0.113.2'))
    const forged = () =>
      verify(forgedKey(row.prefix, base62(BigInt(Math.floor(Math.random() * 1e9)), 43)), client('203.0.113.3'))
    await Promise.all(Array.from({ length: 20 }, forged))
    const records = await subgraph.db.orm.em.fork().transactional(async (em) => {
      await em.execute(`select set_config('app.organization_id', ?, true)`, [caller.organizationId])
      return em.execute<{ data: { action: string; actor: object; context: { address: string; detail: object } } }[]>(
        `select data from identity.outbox where organization_id = ? order by sequence`,
        [caller.organizationId],
      )
    })
    const key = { type: 'api-key', id: row.id, onBehalfOf: owner.id }
    const told = records
      .map(({ data }) => data)
      .filter(({ action }) => action === 'api-key.used' || action === 'api-key.refused')
      .map(({ action, actor, context }) => ({ action, actor, address: context.address, detail: context.detail }))
    expect(told).toEqual([
      { action: 'api-key.used', actor: key, address: '203.0.113.1', detail: {} },
      { action: 'api-key.used', actor: key, address: '203.0.113.2', detail: {} },
      {
        action: 'api-key.refused',
        actor: { type: 'anonymous', id: null, onBehalfOf: null },
        address: '203.0.113.3',
        detail: { reason: 'wrong secret' },
      },
    ])
  })
})

describe('keys of others', () => {
  const list = async (caller: Caller) => {
    const { data } = await subgraph.ask(caller, '{ apiKeys { edges { node { id } } totalCount } }')
    const page = data?.apiKeys as unknown as { edges: { node: { id: string } }[]; totalCount: number } | undefined
    return { ids: page?.edges.map(({ node }) => node.id), totalCount: page?.totalCount }
  }
  const revoke = (caller: Caller, apiKeyId: string) =>
    subgraph.ask(caller, 'mutation ($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { revokedAt } }', {
      input: { apiKeyId },
    })

  test('are listed and ended by who has the scope; without, by nobody', async () => {
    const { caller } = await newOrganization(subgraph.ctxFor)
    const admin = await newMember(caller, ['admin'])
    const [mine, theirs] = [(await newKey(caller, ['agent:read'])).row.id, (await newKey(admin, ['agent:read'])).row.id]
    expect(await list(caller)).toEqual({ ids: [theirs, mine], totalCount: 2 })
    const demoted = { ...admin, scopes: ['agent:read'] }
    expect(await list(demoted)).toEqual({ ids: [theirs], totalCount: 1 })
    const refused = await revoke(demoted, mine)
    expect(refused.errors?.[0]?.extensions.code).toBe('NOT_FOUND')
    expect(await revoke(demoted, newId())).toEqual(refused)
    expect((await revoke(demoted, theirs)).data?.revokeApiKey).toEqual({ revokedAt: expect.any(String) })
    expect((await revoke(admin, mine)).errors).toBeUndefined()
  })

  test('are out of reach for a key without the scope, which ends itself only, and for an agent', async () => {
    const { caller, owner } = await newOrganization(subgraph.ctxFor)
    const [one, other] = [(await newKey(caller, ['agent:read'])).row.id, (await newKey(caller, ['agent:read'])).row.id]
    const asKey = { ...caller, scopes: ['agent:read'], sessionId: null, authTime: null, apiKeyId: one }
    expect((await list(asKey)).ids).toEqual([one])
    expect((await revoke(asKey, other)).errors?.[0]?.extensions.code).toBe('NOT_FOUND')
    expect((await revoke(asKey, one)).errors).toBeUndefined()
    const asAgent = { ...memberCaller(caller.organizationId, [], owner.id), agentId: newId(), runId: newId() }
    expect((await list(asAgent)).ids).toEqual([])
    expect((await revoke(asAgent, other)).errors?.[0]?.extensions.code).toBe('NOT_FOUND')
  })

  test('of another organization are answered like keys that never were', async () => {
    const [a, b] = await Promise.all([newOrganization(subgraph.ctxFor), newOrganization(subgraph.ctxFor)])
    const { row } = await newKey(a.caller, ['agent:read'])
    expect(await list(b.caller)).toEqual({ ids: [], totalCount: 0 })
    const foreign = await revoke(b.caller, row.id)
    expect(foreign.errors?.[0]?.extensions.code).toBe('NOT_FOUND')
    expect(await revoke(b.caller, newId())).toEqual(foreign)
    const named = (caller: Caller, id: string) =>
      subgraph.ask(
        caller,
        'query ($of: [_Any!]!) { _entities(representations: $of) { ... on ApiKey { name scopes owner { id } } } }',
        { of: [{ __typename: 'ApiKey', id }] },
      )
    const nothing = { data: { _entities: [{ name: 'A key', scopes: null, owner: null }] } }
    for (const id of [row.id, newId()]) expect(await named(b.caller, id)).toEqual(nothing)
    expect(await named({ ...a.caller, userId: newId(), scopes: ['audit:read'] }, row.id)).toEqual(nothing)
    expect((await named(a.caller, row.id)).data?._entities).toMatchObject([{ name: 'Deploy' }])
  })
})

test('only the gateway, speaking as the system, can ask what a key stands for', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  const { text } = await newKey(caller, ['agent:read'])
  const { url, config } = subgraph
  await expect(verifyKey({ url, config: { requestKey: config.workerRequestKey } }, text)).rejects.toThrow(/401/)
  expect(await verifyKey({ url, config }, text)).not.toBeNull()
})

test('a page of keys reads their users by one statement', async () => {
  const { caller } = await newOrganization(subgraph.ctxFor)
  for (let i = 0; i < 5; i += 1) await newKey(caller, ['agent:read'])
  const ctx = ctxOf(caller)
  subgraph.statements.length = 0
  const keys = await read(ctx, (em) => em.find(ApiKey, {}))
  await Promise.all(keys.flatMap((key) => [loadMember(ctx, key.userId), loadMember(ctx, key.createdBy)]))
  expect(subgraph.statements.filter((sql) => sql.includes('"user"'))).toHaveLength(1)
})
