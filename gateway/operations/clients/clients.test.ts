import { getIntrospectionQuery } from 'graphql'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { clientFolder, type StatedClient } from '../../../tests/kit/client-folder.ts'
import { ask, type Edge, openEdge } from '../../../tests/kit/edge.ts'
import { openTokenIssuer, type TokenIssuer } from '../../../tests/kit/token-issuer.ts'
import { openToySupergraph, type ToySupergraph } from '../../../tests/kit/toy-supergraph.ts'
import { sha256 } from '../documents/document-file.ts'

const publicUrl = 'http://localhost:4000/api'
const page = 'https://web.example.com'
const asJson = { 'content-type': 'application/json' }
const shelf = 'query Shelf {\n  shelf\n}\n'
const add = 'mutation Add($title: String!) { addBook(title: $title) { id } }'
const deep = 'query Deep { books { author { books { title } } } }'
const clients: Record<string, StatedClient> = {
  web: {
    profile: {
      bindings: [{ origin: true }, { clientId: ['web'] }],
      origins: [page],
      documents: 'enforce',
      introspection: 'everyone',
    },
    operations: { shelf, add, broken: 'query Broken { floor }' },
  },
  closed: { profile: { bindings: [{ clientId: ['closed'] }], introspection: 'nobody' } },
  tight: { profile: { bindings: [{ clientId: ['tight'] }], limits: { depth: 2 } }, operations: { deep } },
  poor: { profile: { bindings: [{ clientId: ['poor'] }], limits: { cost: 1 } }, operations: { deep } },
  audited: { profile: { bindings: [{ clientId: ['audited'] }], documents: 'audit' } },
}

describe('a gateway with clients', () => {
  let toy: ToySupergraph
  let issuer: TokenIssuer
  let edge: Edge
  const { folder, remove } = clientFolder(clients)
  beforeAll(async () => {
    toy = await openToySupergraph()
    issuer = await openTokenIssuer(publicUrl)
    edge = await openEdge(toy, { JWKS_URL: issuer.jwksUrl, CLIENTS_PATH: folder })
  })
  beforeEach(() => {
    toy.library.requests.length = 0
  })
  afterAll(async () => {
    await edge.close()
    await Promise.all([toy.close(), issuer.close()])
    remove()
  })
  const tokenOf = (client: string) => issuer.token({ claims: { client_id: client, scope: 'ops:read' } })
  const post = async (
    body: object,
    { client, headers = {} }: { client?: string; headers?: Record<string, string> } = {},
  ) =>
    ask(edge.graphqlUrl, {
      method: 'POST',
      headers: {
        ...asJson,
        ...(client === undefined ? {} : { authorization: `Bearer ${await tokenOf(client)}` }),
        ...headers,
      },
      body: JSON.stringify(body),
    })
  const codesOf = async (answer: ReturnType<typeof post>) => {
    const { status, body } = await answer
    return [status, body.errors?.[0]?.extensions.code]
  }

  test('answers a registered operation by its id, by POST and by GET', async () => {
    const expected = { data: { shelf: 'north' } }
    const documentId = `sha256:${sha256(shelf)}`
    expect((await post({ documentId }, { client: 'web' })).body).toEqual(expected)
    const headers = { ...asJson, authorization: `Bearer ${await tokenOf('web')}` }
    for (const search of [`documentId=${documentId}`, 'documentId=Shelf'])
      expect((await ask(`${edge.graphqlUrl}?${search}`, { headers })).body).toEqual(expected)
    const mutation = await ask(`${edge.graphqlUrl}?documentId=Add&variables={"title":"x"}`, { headers })
    expect([mutation.status, mutation.headers.get('allow')]).toEqual([405, 'POST'])
  })

  test('keeps to what a client registered where that is enforced, and asks no subgraph for anything else', async () => {
    for (const body of [
      { query: '{ books { id } }' },
      { query: shelf.replace('shelf', 'x: shelf') },
      { query: '{ no graphql' },
    ])
      expect(await codesOf(post(body, { client: 'web' }))).toEqual([400, 'OPERATION_NOT_ALLOWED'])
    expect(await codesOf(post({ query: '{ books { id } }' }, { headers: { origin: page } }))).toEqual([
      400,
      'OPERATION_NOT_ALLOWED',
    ])
    expect(await codesOf(post({ documentId: 'Broken' }, { client: 'web' }))).toEqual([400, 'DOCUMENT_NOT_FOUND'])
    expect(toy.library.requests).toEqual([])
    expect((await post({ query: 'query Shelf { shelf }' }, { client: 'web' })).status).toBe(200)
    expect((await post({ query: '{ books { id } }' })).status).toBe(200)
  })

  test('lets what is registered be of any shape, but not of any cost', async () => {
    const tooComplex = [400, 'OPERATION_TOO_COMPLEX']
    const other = deep.replace('title', 'id')
    expect((await post({ query: deep }, { client: 'tight' })).status).toBe(200)
    expect(await codesOf(post({ query: other }, { client: 'tight' }))).toEqual(tooComplex)
    expect((await post({ query: other })).status).toBe(200)
    toy.library.requests.length = 0
    expect(await codesOf(post({ documentId: 'Deep' }, { client: 'poor' }))).toEqual(tooComplex)
    expect(toy.library.requests).toEqual([])
  })

  test('is no way around that by persisted queries', async () => {
    const query = '{ books { id } }'
    const extensions = { persistedQuery: { version: 1, sha256Hash: sha256(query) } }
    expect((await post({ query, extensions })).status).toBe(200)
    expect((await post({ extensions })).body).toMatchObject({ data: { books: expect.any(Array) } })
    expect(await codesOf(post({ extensions }, { client: 'web' }))).toEqual([400, 'OPERATION_NOT_ALLOWED'])
    expect(await codesOf(post({ query, extensions }, { client: 'web' }))).toEqual([400, 'OPERATION_NOT_ALLOWED'])
  })

  test('asks once for the text of a hash, in Apollo’s words, and keeps only what is a valid operation', async () => {
    const persisted = (query: string) => ({ persistedQuery: { version: 1, sha256Hash: sha256(query) } })
    const query = '{ shelf __typename }'
    const unknown = await post({ extensions: persisted(query) })
    expect([unknown.status, unknown.body]).toEqual([
      200,
      { errors: [{ message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }] },
    ])
    expect((await post({ query, extensions: persisted(query) })).status).toBe(200)
    expect((await post({ extensions: persisted(query) })).body).toEqual({
      data: { shelf: 'north', __typename: 'Query' },
    })
    expect(await codesOf(post({ query, extensions: persisted('{ other }') }))).toEqual([400, 'BAD_USER_INPUT'])
    const wrong = '{ floor }'
    expect(await codesOf(post({ query: wrong, extensions: persisted(wrong) }))).toEqual([200, 'BAD_USER_INPUT'])
    expect(await codesOf(post({ extensions: persisted(wrong) }))).toEqual([200, 'PERSISTED_QUERY_NOT_FOUND'])
  })

  test('refuses who asks to be a client that they are not, whether or not there is one', async () => {
    const refused = [403, 'CLIENT_REFUSED']
    expect(await codesOf(post({ query: shelf }, { headers: { 'x-client-id': 'web' } }))).toEqual(refused)
    expect(await codesOf(post({ query: shelf }, { client: 'closed', headers: { 'x-client-id': 'web' } }))).toEqual(
      refused,
    )
    expect(await codesOf(post({ query: shelf }, { client: 'web', headers: { 'x-client-id': 'nobody' } }))).toEqual(
      refused,
    )
    expect(toy.library.requests).toEqual([])
    expect((await post({ query: shelf }, { client: 'web', headers: { 'x-client-id': 'web' } })).status).toBe(200)
  })

  test('shows the schema to whom the client’s profile shows it', async () => {
    const query = '{ __schema { queryType { name } } }'
    expect(await codesOf(post({ query }, { client: 'closed' }))).toEqual([403, 'FORBIDDEN'])
    expect(await codesOf(post({ query }))).toEqual([401, 'UNAUTHENTICATED'])
    expect((await post({ query }, { client: 'audited' })).status).toBe(200)
    const suggested = async (client: string) =>
      (await post({ query: '{ bookz { id } }' }, { client })).text.includes('Did you mean')
    expect([await suggested('closed'), await suggested('audited')]).toEqual([false, true])
  })

  test('counts what nobody registered by client and name, and says what it left out', async () => {
    await post({ query: 'query Books { books { id } }' }, { client: 'audited' })
    const { text } = await ask(`${edge.opsOrigin}/metrics`)
    expect(text).toMatch(
      /gateway_unregistered_operations_total\{client="audited",operation="Books",outcome="let_through".*\} 1/,
    )
    expect(text).toMatch(/gateway_trusted_documents\{client="web",state="valid".*\} 2/)
    expect(text).toMatch(/gateway_trusted_documents\{client="web",state="left_out".*\} 1/)
    const headers = { authorization: `Bearer ${await tokenOf('audited')}` }
    const status = await ask(`${edge.origin}/api/status`, { headers })
    expect(JSON.parse(status.text)).toMatchObject({ trustedDocuments: { registered: 4, leftOut: 1 } })
  })

  test('lets pages of a client’s origin read its answers, refusals too, and no others', async () => {
    const origins = async (answer: ReturnType<typeof post>) => (await answer).headers.get('access-control-allow-origin')
    const headers = { origin: page }
    expect(await origins(post({ query: shelf }, { headers }))).toBe(page)
    expect(await origins(post({ query: shelf }, { headers: { ...headers, authorization: 'Bearer x' } }))).toBe(page)
    expect(await origins(post({ query: shelf }, { headers: { origin: 'https://evil.example.com' } }))).toBeNull()
    const preflight = {
      ...headers,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    }
    const { status, headers: allowed } = await ask(edge.graphqlUrl, { method: 'OPTIONS', headers: preflight })
    expect([status, allowed.get('access-control-allow-headers')]).toEqual([
      204,
      expect.stringContaining('authorization'),
    ])
  })
})

test('without AUTH the schema is open unless a profile closes it', async () => {
  const toy = await openToySupergraph({ signed: false })
  onTestFinished(() => toy.close())
  const { folder, remove } = clientFolder({
    default: { profile: { introspection: 'nobody' } },
    web: { profile: { bindings: [{ origin: true }], origins: [page], introspection: 'everyone' } },
  })
  onTestFinished(remove)
  const open = async (variables: Record<string, string>) => {
    const edge = await openEdge(toy, { AUTH: 'off', ...variables })
    onTestFinished(() => edge.close())
    return edge
  }
  const statusOf = async (edge: Edge, headers = {}) => (await edge.query(getIntrospectionQuery(), { headers })).status
  expect(await statusOf(await open({}))).toBe(200)
  const closed = await open({ CLIENTS_PATH: folder })
  expect([await statusOf(closed), await statusOf(closed, { origin: page })]).toEqual([401, 401])
})

test('a gateway does not start on profiles that are not in order, and says all that is wrong with them', async () => {
  const toy = await openToySupergraph()
  onTestFinished(() => toy.close())
  const { folder, remove } = clientFolder({ one: { profile: { colour: 'red' } }, two: { profile: {} } })
  onTestFinished(remove)
  await expect(openEdge(toy, { AUTH: 'off', CLIENTS_PATH: folder })).rejects.toThrow(
    /one\/profile\.yaml: colour is not known\.\n.*two\/profile\.yaml: bindings must state/,
  )
})
