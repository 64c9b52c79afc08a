import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anonymousCaller } from '#platform/caller/caller'
import { findPage } from '#platform/graphql/find-page'
import { loadById } from '#platform/graphql/load-by-id'
import { newId } from '#platform/id'
import {
  createConnectionMutation,
  deleteConnectionMutation,
  httpInput,
  type Integrations,
  newMembers,
  openIntegrations,
  testConnectionMutation,
} from '../../../tests/kit/connections.ts'
import { memberCaller } from '../../../tests/kit/organizations.ts'
import { Connection } from './connection.entity.ts'
import { statusOf } from './connection.queries.ts'
import { createConnection } from './create-connection.ts'

let subgraph: Integrations
beforeAll(async () => {
  subgraph = await openIntegrations()
})
afterAll(() => subgraph.close())

type Caller = ReturnType<typeof newMembers>['owner']
const create = async (caller: Caller, baseUrl = 'https://api.example.com') =>
  (await createConnection(subgraph.ctxFor(caller), httpInput(baseUrl))).id
const codesOf = async (caller: Caller, query: string, variables = {}) =>
  (await subgraph.ask(caller, query, variables)).errors?.map(({ extensions }) => extensions.code)
const one = 'query ($id: ID!) { connection(id: $id) { id name } }'
const entity =
  'query ($id: ID!) { _entities(representations: [{ __typename: "Connection", id: $id }]) { ... on Connection { id name } } }'

describe('a connection', () => {
  it('is found by its organization, alone and in the list, newest first', async () => {
    const { owner, viewer } = newMembers()
    const ids = [await create(owner), await create(owner)]
    expect((await subgraph.ask(viewer, one, { id: ids[0] })).data).toMatchObject({ connection: { id: ids[0] } })
    const { data } = await subgraph.ask(viewer, '{ connections { totalCount edges { node { id } } } }')
    expect(data).toEqual({
      connections: { totalCount: 2, edges: ids.toReversed().map((id) => ({ node: { id } })) },
    })
  })

  it('of another organization is like one that never was, for every query and mutation', async () => {
    const id = await create(newMembers().owner)
    const { owner } = newMembers()
    for (const document of [one, testConnectionMutation, deleteConnectionMutation]) {
      const foreign = await subgraph.ask(owner, document, { id })
      const missing = await subgraph.ask(owner, document, { id: newId() })
      const malformed = await subgraph.ask(owner, document, { id: 'x' })
      expect(foreign.errors?.[0]?.extensions.code).toBe('NOT_FOUND')
      expect([missing, malformed]).toEqual([foreign, foreign])
    }
    expect((await subgraph.ask(owner, entity, { id })).data).toEqual({ _entities: [null] })
    expect((await subgraph.ask(owner, '{ connections { totalCount } }')).data).toEqual({
      connections: { totalCount: 0 },
    })
  })

  it('is referenced by other subgraphs within its organization', async () => {
    const { owner, viewer } = newMembers()
    const id = await create(owner)
    expect((await subgraph.ask(viewer, entity, { id })).data).toMatchObject({ _entities: [{ id }] })
  })
})

describe('rights', () => {
  it('let a viewer read connections and connectors, and change nothing', async () => {
    const { owner, viewer } = newMembers()
    const id = await create(owner)
    expect(
      await codesOf(viewer, '{ connectors { key actions { key } } connector(key: "http") { key } }'),
    ).toBeUndefined()
    expect(await codesOf(viewer, createConnectionMutation, { input: httpInput('https://api.example.com') })).toEqual([
      'FORBIDDEN',
    ])
    expect(await codesOf(viewer, testConnectionMutation, { id })).toEqual(['FORBIDDEN'])
    expect(await codesOf(viewer, deleteConnectionMutation, { id })).toEqual(['FORBIDDEN'])
  })

  it('let an operator test connections, and neither create nor delete them', async () => {
    const { owner, operator } = newMembers()
    const id = await create(owner)
    const withoutSecret = { ...httpInput('https://api.example.com'), secrets: [] }
    const other = await createConnection(subgraph.ctxFor(owner), withoutSecret)
    expect(await codesOf(operator, testConnectionMutation, { id: other.id })).toBeUndefined()
    expect(await codesOf(operator, createConnectionMutation, { input: withoutSecret })).toEqual(['FORBIDDEN'])
    expect(await codesOf(operator, deleteConnectionMutation, { id })).toEqual(['FORBIDDEN'])
  })

  it('of nobody reach nothing', async () => {
    const id = await create(newMembers().owner)
    const nobody = anonymousCaller('203.0.113.9')
    const input = httpInput('https://api.example.com')
    for (const document of [
      '{ connectors { key } }',
      '{ connector(key: "http") { key } }',
      '{ connections { totalCount } }',
      one,
      testConnectionMutation,
      deleteConnectionMutation,
    ])
      expect(await codesOf(nobody, document, { id })).toEqual(['UNAUTHENTICATED'])
    expect(await codesOf(nobody, createConnectionMutation, { input })).toEqual(['UNAUTHENTICATED'])
  })

  it('are asked for also where another subgraph refers to a connection', async () => {
    const { owner, organizationId } = newMembers()
    const id = await create(owner)
    expect(await codesOf(memberCaller(organizationId, []), entity, { id })).toContain('FORBIDDEN')
  })

  it('find no connector of an unknown key', async () => {
    expect(await codesOf(newMembers().viewer, '{ connector(key: "nonesuch") { key } }')).toEqual(['NOT_FOUND'])
  })
})

describe('statements', () => {
  it('are one for a page and one for the status of all its rows, whatever their number', async () => {
    const { owner } = newMembers()
    for (let i = 0; i < 12; i++) await create(owner)
    const ctx = subgraph.ctxFor(owner)
    subgraph.statements.length = 0
    const page = await findPage(ctx, Connection, {}, {})
    const states = await Promise.all(page.edges.flatMap(({ node }) => [statusOf(ctx, node), statusOf(ctx, node)]))
    expect(states.map(({ status }) => status)).toEqual(Array(24).fill('ACTIVE'))
    expect(dataStatements()).toHaveLength(2)
    expect(dataStatements()[0]).not.toMatch(/sealed|connection_secret/)
  })

  it('are one for all connections referenced in one turn', async () => {
    const { owner } = newMembers()
    const ids = [await create(owner), await create(owner), await create(owner)]
    const ctx = subgraph.ctxFor(owner)
    subgraph.statements.length = 0
    await Promise.all([...ids, ...ids].map((id) => loadById(ctx, Connection, id)))
    expect(dataStatements()).toHaveLength(1)
  })

  const dataStatements = () => subgraph.statements.filter((sql) => /from "integrations"/.test(sql))
})

describe('deleteConnection', () => {
  it('takes the connection and its secrets, and answers what it was', async () => {
    const { owner, organizationId } = newMembers()
    const id = await create(owner)
    expect((await subgraph.ask(owner, deleteConnectionMutation, { id })).data).toEqual({
      deleteConnection: { id, status: 'ACTIVE' },
    })
    expect(await codesOf(owner, one, { id })).toEqual(['NOT_FOUND'])
    const left = await subgraph.db.orm.em.fork().transactional(async (em) => {
      await em.execute(`select set_config('app.organization_id', ?, true)`, [organizationId])
      return em.execute('select 1 from integrations.connection_secret')
    })
    expect(left).toEqual([])
    expect(await codesOf(owner, deleteConnectionMutation, { id })).toEqual(['NOT_FOUND'])
  })
})
