import { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { read } from '#platform/db/read'
import { newId } from '#platform/id'
import { createLogger } from '#platform/log/logger'
import {
  createConnectionMutation,
  httpInput,
  type Integrations,
  newMembers,
  newSecretsKey,
  openIntegrations,
  testConnectionMutation,
} from '../../../tests/kit/connections.ts'
import { openOutsideService } from '../../../tests/kit/outside-service.ts'
import { ConnectionSecret } from './connection-secret.entity.ts'
import { createConnection } from './create-connection.ts'
import { invokeAction } from './invoke-action.ts'
import { testConnection } from './test-connection.ts'

let service: Awaited<ReturnType<typeof openOutsideService>>
/** Three installations over one database: with a key, with another, with none. */
let keyed: Integrations
let rekeyed: Integrations
let keyless: Integrations
beforeAll(async () => {
  service = await openOutsideService()
  const variables = { EGRESS_ALLOW: service.hostAndPort }
  keyed = await openIntegrations({ ...variables, CONNECTION_SECRETS_KEY: newSecretsKey() })
  rekeyed = await openIntegrations({ ...variables, CONNECTION_SECRETS_KEY: newSecretsKey() })
  keyless = await openIntegrations({ ...variables, CONNECTION_SECRETS_KEY: '' })
})
afterAll(async () => {
  for (const each of [keyed, rekeyed, keyless, service]) await each.close()
})

type Owner = ReturnType<typeof newMembers>['owner']
const list = '{ connections { edges { node { id status statusReason } } } }'
const first = async (at: Integrations, owner: Owner) => {
  const { data } = await at.ask(owner, list)
  return (data?.connections as { edges: { node: { status: string } }[] } | undefined)?.edges[0]?.node
}
const create = async (at: Integrations, owner: Owner) =>
  (await createConnection(at.ctxFor(owner), httpInput(service.url))).id
const invoke = (at: Integrations, owner: Owner, connectionId: string) =>
  invokeAction(at.ctxFor(owner), {
    connectionId,
    action: 'request',
    with: { method: 'GET', path: '' },
    effectKey: 'x',
    runToken: async () => '',
    signal: new AbortController().signal,
    timeoutMs: 2_000,
  })

describe('an installation without a key', () => {
  it('refuses to store a secret, and stores nothing then', async () => {
    const { owner } = newMembers()
    const { errors } = await keyless.ask(owner, createConnectionMutation, { input: httpInput(service.url) })
    expect(errors?.[0]?.extensions.code).toBe('CONNECTION_SECRETS_UNAVAILABLE')
    expect(await first(keyless, owner)).toBeUndefined()
  })

  it('serves what needs no secret', async () => {
    const { owner } = newMembers()
    const { id } = await createConnection(keyless.ctxFor(owner), httpInput(service.url, { authentication: 'none' }))
    expect(await invoke(keyless, owner, id)).toMatchObject({ status: 200 })
    expect(await first(keyless, owner)).toMatchObject({ status: 'ACTIVE' })
  })

  it('shows what needs one as inactive, and calls nobody for it', async () => {
    const { owner } = newMembers()
    const id = await create(keyed, owner)
    const before = service.received.length
    expect(await first(keyless, owner)).toEqual({
      id,
      status: 'INACTIVE',
      statusReason: 'Its secrets cannot be opened: CONNECTION_SECRETS_KEY is not set.',
    })
    expect((await keyless.ask(owner, testConnectionMutation, { id })).errors).toBeUndefined()
    await expect(invoke(keyless, owner, id)).rejects.toMatchObject({ code: 'CONNECTION_INACTIVE' })
    expect(service.received.length).toBe(before)
  })
})

describe('an installation with another key', () => {
  it('shows a connection as undecryptable, calls nobody for it, and the first key still opens it', async () => {
    const { owner } = newMembers()
    const id = await create(keyed, owner)
    const before = service.received.length
    expect(await first(rekeyed, owner)).toMatchObject({ id, status: 'UNDECRYPTABLE' })
    const { data } = await rekeyed.ask(owner, testConnectionMutation, { id })
    expect(data).toMatchObject({ testConnection: { status: 'UNDECRYPTABLE', lastTestedAt: null } })
    await expect(invoke(rekeyed, owner, id)).rejects.toMatchObject({
      code: 'CONNECTION_INACTIVE',
      details: { status: 'UNDECRYPTABLE' },
    })
    expect(service.received.length).toBe(before)
    expect(await first(keyed, owner)).toMatchObject({ id, status: 'ACTIVE' })
    expect(await invoke(keyed, owner, id)).toMatchObject({ status: 200 })
  })
})

describe('a sealed secret', () => {
  const sealedOf = (owner: Owner, connectionId: string) =>
    read(keyed.ctxFor(owner), async (em) => (await em.findOne(ConnectionSecret, { connectionId }))?.sealed ?? '')
  const put = (owner: Owner, connectionId: string, values: { sealed?: string; field?: string }) =>
    keyed.db.orm.em.fork().transactional(async (em) => {
      await em.execute(`select set_config('app.organization_id', ?, true)`, [owner.organizationId])
      em.setFilterParams('tenant', { organizationId: owner.organizationId })
      await em.nativeUpdate(ConnectionSecret, { connectionId }, values)
    })

  it('moved to another connection or organization does not open', async () => {
    const [here, there] = [newMembers().owner, newMembers().owner]
    const ids = [await create(keyed, here), await create(keyed, here), await create(keyed, there)] as const
    const sealed = await sealedOf(here, ids[0])
    await put(here, ids[1], { sealed })
    await put(there, ids[2], { sealed })
    await expect(invoke(keyed, here, ids[1])).rejects.toMatchObject({ details: { status: 'UNDECRYPTABLE' } })
    await expect(invoke(keyed, there, ids[2])).rejects.toMatchObject({ details: { status: 'UNDECRYPTABLE' } })
    expect(await invoke(keyed, here, ids[0])).toMatchObject({ status: 200 })
  })

  it('under the name of another field does not open', async () => {
    const { owner } = newMembers()
    const id = await create(keyed, owner)
    const box = keyed.ctxFor(owner).parts.secretBox
    const place = [owner.organizationId, id, 'password']
    await put(owner, id, { sealed: box?.seal('canary', place) ?? '' })
    await expect(invoke(keyed, owner, id)).rejects.toMatchObject({ details: { status: 'UNDECRYPTABLE' } })
  })

  it('that is damaged does not open, and the list is served all the same', async () => {
    const { owner } = newMembers()
    const [damaged, sound] = [await create(keyed, owner), await create(keyed, owner)]
    await put(owner, damaged, { sealed: 'nonsense' })
    const { data } = await keyed.ask(owner, list)
    expect(data).toMatchObject({
      connections: {
        edges: [{ node: { id: sound, status: 'ACTIVE' } }, { node: { id: damaged, status: 'UNDECRYPTABLE' } }],
      },
    })
  })
})

it('a connection that cannot be used is warned about once, however often it is looked at', async () => {
  const { owner } = newMembers()
  const lines: string[] = []
  const stream = new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) })
  const log = createLogger({ service: 'test', version: '0', environment: 'test', level: 'info' }, stream)
  const look = () => ({ ...keyed.ctxFor(owner), log })
  const { id } = await createConnection(look(), { ...httpInput(service.url), name: `x ${newId()}`, secrets: [] })
  for (let round = 0; round < 3; round++) await testConnection(look(), { connectionId: id })
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 'warn', connectionId: id, status: 'INACTIVE', reason: 'It lacks its secret: bearerToken.' },
  ])
})
