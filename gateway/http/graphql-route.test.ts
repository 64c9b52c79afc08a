import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { serverAudits } from 'graphql-http'
import { request } from 'undici'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ask, type Edge, type GraphqlBody, openEdge } from '../../tests/kit/edge.ts'
import { openToySupergraph, type ToySupergraph } from '../../tests/kit/toy-supergraph.ts'

const asJson = { 'content-type': 'application/json', accept: 'application/graphql-response+json' }

/** Books of authors of books, so many times. */
const deep = (times: number) => `{ books ${'{author{books'.repeat(times)} {id}${'}}'.repeat(times)} }`

describe('GraphQL over HTTP', () => {
  let toy: ToySupergraph
  let edge: Edge
  beforeAll(async () => {
    toy = await openToySupergraph()
    edge = await openEdge(toy, { AUTH: 'off' })
  })
  afterEach(() => {
    toy.library.requests.length = 0
    toy.library.answer = undefined
  })
  afterAll(async () => {
    await edge.close()
    await toy.close()
  })
  const post = (body: string, headers: Record<string, string> = asJson) =>
    ask(edge.graphqlUrl, { method: 'POST', headers, body })
  const get = (parameters: Record<string, string>, headers: Record<string, string> = asJson) =>
    ask(`${edge.graphqlUrl}?${new URLSearchParams(parameters)}`, { headers })
  const expectBadInput = ({ status, body }: { status: number; body: GraphqlBody }, expected: number) => {
    expect(status).toBe(expected)
    expect(body).not.toHaveProperty('data')
    expect(body.errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' })
    expect(toy.library.requests).toHaveLength(0)
  }

  it.each(serverAudits({ url: () => edge.graphqlUrl }).map((audit) => [audit.name, audit] as const))(
    'keeps to the specification: %s',
    async (name, { fn }) => {
      const { status, ...rest } = await fn()
      // What it may do and does not is a choice: GET without a header that makes a browser ask first.
      const allowed = name.startsWith('MAY') ? ['ok', 'notice'] : ['ok']
      expect(allowed, JSON.stringify(rest)).toContain(status)
    },
  )

  it('answers faulty operations with 200 in application/json, and never with anything but 4xx in its own media type', async () => {
    for (const body of [
      '{"query":"{ shelf"}',
      '{"query":"{ nope }"}',
      '{"query":"query A { shelf }","operationName":"B"}',
    ]) {
      expect((await post(body, { ...asJson, accept: 'application/json' })).status).toBe(200)
      expectBadInput(await post(body), 400)
    }
    expect((await post('{', { ...asJson, accept: 'application/json' })).status).toBe(400)
  })

  it('answers other methods with 405 and the methods that there are', async () => {
    for (const method of ['PUT', 'PATCH', 'DELETE', 'HEAD']) {
      const { status, headers } = await fetch(edge.graphqlUrl, { method })
      expect([status, headers.get('allow')], method).toEqual([405, 'GET, POST'])
    }
  })

  it.each([
    ['br', 'br, gzip', brotliDecompressSync],
    ['gzip', 'gzip;q=0.8', gunzipSync],
    [undefined, 'br;q=0, identity', (bytes: Buffer) => bytes],
  ])('compresses large answers as %s for clients that accept %s', async (encoding, accepted, decompress) => {
    const query = `{ ${Array.from({ length: 14 }, (_, i) => `a${i}: books { id title author { id name email } }`).join(' ')} }`
    const { headers, body } = await request(edge.graphqlUrl, {
      method: 'POST',
      headers: { ...asJson, 'accept-encoding': accepted },
      body: JSON.stringify({ query }),
    })
    expect([headers['content-encoding'], headers.vary]).toEqual([encoding, expect.stringContaining('Accept-Encoding')])
    const { data } = JSON.parse(decompress(Buffer.from(await body.arrayBuffer())).toString())
    expect(Object.keys(data)).toHaveLength(14)
  })

  it('leaves small answers as they are', async () => {
    const { headers, body } = await request(edge.graphqlUrl, {
      method: 'POST',
      headers: { ...asJson, 'accept-encoding': 'br' },
      body: '{"query":"{ shelf }"}',
    })
    expect([headers['content-encoding'], await body.json()]).toEqual([undefined, { data: { shelf: 'north' } }])
  })

  it('refuses headers above sixteen kilobytes', async () => {
    expect((await post('{"query":"{ shelf }"}', { ...asJson, 'x-padding': 'x'.repeat(17_000) })).status).toBe(431)
  })

  it('answers POST and GET alike', async () => {
    const query = 'query B($id: ID!) { book(id: $id) { title } }'
    const variables = { id: 'b1' }
    const expected = { data: { book: { title: 'Rivers' } } }
    expect((await post(JSON.stringify({ query, variables, operationName: 'B' }))).body).toEqual(expected)
    expect((await get({ query, variables: JSON.stringify(variables), operationName: 'B' })).body).toEqual(expected)
  })

  it.each(['application/json', 'application/graphql-response+json'])('answers in %s when asked to', async (accept) => {
    const { headers } = await post('{"query":"{ shelf }"}', { ...asJson, accept })
    expect(headers.get('content-type')).toBe(`${accept}; charset=utf-8`)
  })

  it('executes nothing whose answer the client could not read', async () => {
    expectBadInput(
      await post('{"query":"mutation { addBook(title: \\"x\\") { id } }"}', { ...asJson, accept: 'text/csv' }),
      406,
    )
  })

  it('lets no answer be stored', async () => {
    expect((await post('{"query":"{ shelf }"}')).headers.get('cache-control')).toBe('no-store')
  })

  it('changes nothing by GET', async () => {
    const answer = await get({ query: 'mutation { addBook(title: "x") { id } }' })
    expectBadInput(answer, 405)
    expect(answer.headers.get('allow')).toBe('POST')
  })

  it('executes nothing that any website could make a browser send', async () => {
    expectBadInput(await get({ query: '{ shelf }' }, {}), 400)
    expectBadInput(await post('{"query":"{ shelf }"}', { 'content-type': 'text/plain' }), 415)
    expectBadInput(await post('query={shelf}', { 'content-type': 'application/x-www-form-urlencoded' }), 415)
    expectBadInput(await post('--x--', { 'content-type': 'multipart/form-data; boundary=x' }), 415)
  })

  it.each([
    ['malformed JSON', '{"query":'],
    ['an empty body', ''],
    ['JSON that is no object', '7'],
    ['no query', '{"variables":{}}'],
    ['a batch', '[{"query":"{ shelf }"}]'],
    ['a query that is no text', '{"query":{"a":1}}'],
    ['variables that are no object', '{"query":"{ shelf }","variables":"x"}'],
    ['a syntax error', '{"query":"{ shelf"}'],
    ['an unknown field', '{"query":"{ shelf nope }"}'],
    ['an unknown argument', '{"query":"{ book(id: 1, nope: 2) { id } }"}'],
    ['a variable of the wrong type', '{"query":"query($id: ID!) { book(id: $id) { id } }","variables":{"id":{}}}'],
    ['a missing variable', '{"query":"query($id: ID!) { book(id: $id) { id } }"}'],
    ['an unknown operation name', '{"query":"query A { shelf }","operationName":"B"}'],
    ['two operations and no name', '{"query":"query A { shelf } query B { shelf }"}'],
    ['a kind of operation that the schema does not have', '{"query":"subscription { shelf }"}'],
    ['a poisoned prototype', '{"query":"{ shelf }","__proto__":{"x":1}}'],
  ])('refuses %s as bad input with status 400', async (_what, body) => {
    expectBadInput(await post(body), 400)
  })

  it('refuses a body above one megabyte unread', async () => {
    expectBadInput(await post(JSON.stringify({ query: `{ shelf } #${'x'.repeat(1_000_000)}` })), 413)
  })

  it.each([
    ['of more tokens than any honest one has', `{ shelf(${', a: [1 2 3]'.repeat(2_000)}) }`],
    ['deep enough to hurt', deep(26)],
    ['deep enough to end the process', deep(800)],
    ['too deep to be parsed', deep(1_600)],
  ])('refuses an operation that is %s', async (_how, query) => {
    const { status, body } = await edge.query(query)
    expect(status).toBe(400)
    expect(body.errors?.[0]?.extensions.code).toBe('OPERATION_TOO_COMPLEX')
    expect((await edge.query('{ shelf }')).status).toBe(200)
  })

  it.each([201, 400_000])('refuses variables of %i levels', async (levels) => {
    const variables = `{"id":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
    const { status, body } = await post(`{"query":"query($id: ID!) { book(id: $id) { id } }","variables":${variables}}`)
    expect([status, body.errors?.[0]?.extensions.code]).toEqual([400, 'OPERATION_TOO_COMPLEX'])
    expect(toy.library.requests).toHaveLength(0)
  })

  it('refuses an operation whose fragments multiply', async () => {
    const fragments = Array.from({ length: 14 }, (_, i) => {
      const next = i === 13 ? 'id' : `...f${i + 1}`
      return `fragment f${i} on Book { a: author { books { ${next} } } b: author { books { ${next} } } }`
    })
    const { status, body } = await edge.query(`{ books { ...f0 } } ${fragments.join(' ')}`)
    expect([status, body.errors?.[0]?.extensions.code]).toEqual([400, 'OPERATION_TOO_COMPLEX'])
    expect(toy.library.requests).toHaveLength(0)
  })

  it('tells clients of persisted queries to send the text', async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } }
    const { body } = await post(JSON.stringify({ extensions }))
    expect(body.errors?.[0]?.extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND')
  })

  it('never shows the plan', async () => {
    const { text } = await edge.query('{ shelf }', { headers: { 'apollo-query-plan-experimental': '1' } })
    expect(text).not.toContain('QueryPlan')
  })

  it('gives every answer the id by which the log knows it, a sane one of the client kept', async () => {
    const sane = await edge.query('{ shelf }', { headers: { 'x-request-id': 'client-id-1234' } })
    expect(sane.headers.get('x-request-id')).toBe('client-id-1234')
    expect(toy.library.requests[0]?.headers['x-request-id']).toBe('client-id-1234')
    for (const answer of [
      await edge.query('{ shelf }', { headers: { 'x-request-id': 'a b"c' } }),
      await post('{', asJson),
      await ask(`${edge.origin}/nowhere`),
    ])
      expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('continues the trace of the client towards the subgraphs, as a span of its own', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c'
    await edge.query('{ shelf }', { headers: { traceparent: `00-${trace}-b7ad6b7169203331-00` } })
    await edge.query('{ shelf }')
    const [kept, fresh] = toy.library.requests.map((request) => String(request.headers.traceparent))
    expect(kept).toMatch(new RegExp(`^00-${trace}-(?!b7ad6b7169203331)[0-9a-f]{16}-00$`))
    expect(fresh).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/)
    expect(fresh).not.toContain(trace)
  })
})
