import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Edge, openEdge } from '../../tests/kit/edge.ts'
import { json } from '../../tests/kit/toy-subgraph.ts'
import { openToySupergraph, type ToySupergraph } from '../../tests/kit/toy-supergraph.ts'

const unavailable = (...path: (string | number)[]) => ({
  message: 'A part of the platform does not answer right now.',
  path,
  extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
})

describe('an operation over two subgraphs', () => {
  let toy: ToySupergraph
  let edge: Edge
  beforeAll(async () => {
    toy = await openToySupergraph()
    edge = await openEdge(toy, { AUTH: 'off' })
  })
  beforeEach(() => {
    for (const subgraph of [toy.library, toy.people]) {
      subgraph.requests.length = 0
      subgraph.answer = undefined
    }
  })
  afterAll(async () => {
    await edge.close()
    await toy.close()
  })

  it('joins what both know', async () => {
    const { status, body } = await edge.query('{ books { title author { name } } }')
    expect(status).toBe(200)
    expect(body).toEqual({
      data: {
        books: [
          { title: 'Rivers', author: { name: 'Ada' } },
          { title: 'Tides', author: { name: 'Ben' } },
          { title: 'Wells', author: { name: 'Ada' } },
        ],
      },
    })
  })

  it('fetches all entities of a hop in one request, each once however often it is in the answer', async () => {
    await edge.query('{ books { author { name } } }')
    expect([toy.library.requests.length, toy.people.requests.length]).toEqual([1, 1])
    expect(toy.people.requests[0]?.variables.representations).toEqual([
      { __typename: 'Author', id: 'a1' },
      { __typename: 'Author', id: 'a2' },
    ])
  })

  it('takes no alias of the client for a field that it needs itself', async () => {
    const { body } = await edge.query('{ authors { id: name __typename: email kind: id books { id: title } } }')
    expect(body.errors).toBeUndefined()
    expect(body.data?.authors).toContainEqual({
      id: 'Ada',
      __typename: 'ada@example.com',
      kind: 'a1',
      books: [{ id: 'Rivers' }, { id: 'Wells' }],
    })
    toy.library.answer = (reply) => void reply.destroy()
    const { body: ill } = await edge.query('{ authors { id: name books { id } } }')
    expect(ill.data?.authors).toContainEqual({ id: 'Ben', books: null })
    toy.library.answer = undefined
    toy.people.answer = (reply) => void reply.destroy()
    const { body: cut } = await edge.query('{ books { author { id: name } } }')
    expect(cut.errors?.[0]).toMatchObject(unavailable('books', 0, 'author', 'id'))
  })

  it('keeps what one subgraph knows when the other fails, and names each missing field by its path', async () => {
    toy.people.answer = (reply) => void reply.destroy()
    const { status, body } = await edge.query('{ books { title author { label: name email } } }')
    expect(status).toBe(200)
    expect(body.data?.books).toHaveLength(3)
    expect(body.data?.books).toContainEqual({ title: 'Tides', author: { label: null, email: null } })
    expect(body.errors).toEqual(
      [0, 1, 2].flatMap((i) => [
        unavailable('books', i, 'author', 'label'),
        unavailable('books', i, 'author', 'email'),
      ]),
    )
  })

  it('says what a subgraph answers of all entities at once, in place of the first', async () => {
    const forbidden = { message: 'No.', path: ['_entities'], extensions: { code: 'FORBIDDEN' } }
    toy.people.answer = (reply) => json(reply, 200, { data: null, errors: [forbidden] })
    const { body } = await edge.query('{ books { author { name } } }')
    expect(body.data?.books).toContainEqual({ author: { name: null } })
    expect(body.errors).toMatchObject([{ path: ['books', 0, 'author', 'name'], extensions: { code: 'FORBIDDEN' } }])
  })

  it('hands on a variable whatever it is called', async () => {
    const query = 'query ($__proto__: ID = "b2") { book(id: $__proto__) { title } }'
    const search = new URLSearchParams({ query, variables: '{"__proto__":"b1"}' })
    const asked = await fetch(`${edge.graphqlUrl}?${search}`, { headers: { 'apollo-require-preflight': 'true' } })
    expect(await asked.json()).toEqual({ data: { book: { title: 'Rivers' } } })
  })

  it('names root fields of a subgraph that fails, and answers the others', async () => {
    toy.people.answer = (reply) => json(reply, 503, {})
    const { body } = await edge.query(
      'query($no: Boolean!) { writers: authors { name } skipped: authors @include(if: $no) { id } shelf }',
      {
        variables: { no: false },
      },
    )
    expect(body.data).toEqual({ writers: null, shelf: 'north' })
    expect(body.errors).toEqual([unavailable('writers')])
  })

  it.each([
    ['no JSON', (): [number, string] => [200, '<html>']],
    ['JSON that is no answer', (): [number, string] => [200, '[]']],
    ['neither data nor errors', (): [number, string] => [200, '{"data":null}']],
    ['text for data', (): [number, string] => [200, '{"data":"all"}']],
    ['entities that do not match', (): [number, string] => [200, '{"data":{"_entities":[]}}']],
    ['status 500', (): [number, string] => [500, '{"data":{"_entities":[null,null,null]}}']],
    ['a redirect', (): [number, string] => [302, '']],
    [
      'a refused signature',
      (): [number, string] => [401, '{"errors":[{"message":"x","extensions":{"code":"UNAUTHENTICATED"}}]}'],
    ],
  ])('counts a subgraph that answers %s as unavailable', async (_what, answer) => {
    toy.people.answer = (reply) => {
      const [status, text] = answer()
      reply.writeHead(status, { location: 'http://127.0.0.1/' }).end(text)
    }
    const { body } = await edge.query('{ books { author { name } } }')
    expect(body.errors).toEqual([0, 1, 2].map((i) => unavailable('books', i, 'author', 'name')))
  })

  it('bounds how many missing fields it names', async () => {
    toy.library.answer = (reply) =>
      json(reply, 200, {
        data: { books: Array.from({ length: 300 }, () => ({ author: { __typename: 'Author', id: 'a' } })) },
      })
    toy.people.answer = (reply) => void reply.destroy()
    const { body } = await edge.query('{ books { author { name } } }')
    expect(body.data?.books).toHaveLength(300)
    expect(body.errors).toHaveLength(100)
  })

  it('reports a null where none may be, instead of hiding it', async () => {
    toy.people.answer = (reply) => json(reply, 200, { data: { _entities: [{}, {}] } })
    const { body, text } = await edge.query('{ books { author { birthplace } } }')
    expect(body.data?.books).toContainEqual({ author: null })
    expect(body.errors?.[0]).toMatchObject({
      path: ['books', 0, 'author', 'birthplace'],
      extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) },
    })
    expect(text).not.toContain('valueCompletion')
  })

  it('runs mutations in their order, one after the other', async () => {
    const { body } = await edge.query(
      'mutation { first: addBook(title: "x") { id } greet(id: "a1") second: renameBook(id: "b1", title: "y") { title } }',
    )
    expect(body.data).toEqual({ first: { id: 'b9' }, greet: 'hello a1', second: { title: 'y' } })
  })

  it('passes a refusal of a subgraph on with code, words, path and details', async () => {
    const extensions = { code: 'BOOK_LOCKED', details: [{ path: ['title'] }] }
    toy.library.answer = (reply) =>
      json(reply, 200, {
        data: { book: null },
        errors: [{ message: 'The book is locked.', path: ['book'], extensions }],
      })
    const { body } = await edge.query('{ book(id: "b1") { title } }')
    expect(body).toEqual({
      data: { book: null },
      errors: [{ message: 'The book is locked.', path: ['book'], extensions }],
    })
  })

  it('passes on variables that a subgraph cannot coerce as the bad input they are', async () => {
    toy.library.answer = (reply) =>
      json(reply, 400, { errors: [{ message: 'Not a date.', extensions: { code: 'BAD_USER_INPUT' } }] })
    const { body } = await edge.query('{ book(id: "b1") { title } }')
    expect(body.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
  })
})

describe('with every subgraph down', () => {
  it('the gateway starts, lives, is ready, answers what it can and names what it cannot', async () => {
    const toy = await openToySupergraph()
    await Promise.all([toy.library.close(), toy.people.close()])
    const edge = await openEdge(toy, { AUTH: 'off' })
    try {
      for (const probe of ['live', 'ready']) expect((await fetch(`${edge.origin}/health/${probe}`)).status).toBe(200)
      expect((await edge.query('{ __typename }')).body).toEqual({ data: { __typename: 'Query' } })
      const { body } = await edge.query('{ shelf authors { id } }')
      expect(body.data).toBeNull()
      expect(body.errors?.toSorted((a, b) => String(b.path).localeCompare(String(a.path)))).toEqual([
        unavailable('shelf'),
        unavailable('authors'),
      ])
    } finally {
      await edge.close()
      await toy.close().catch(() => undefined)
    }
  })
})
