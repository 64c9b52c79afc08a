import { getIntrospectionQuery } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Edge, openEdge } from '../../tests/kit/edge.ts'
import { openTokenIssuer, type TokenIssuer } from '../../tests/kit/token-issuer.ts'
import { openToySupergraph, type ToySupergraph } from '../../tests/kit/toy-supergraph.ts'

describe('the schema', () => {
  const publicUrl = 'http://localhost:4000/api'
  let toy: ToySupergraph
  let issuer: TokenIssuer
  let edge: Edge
  beforeAll(async () => {
    toy = await openToySupergraph()
    issuer = await openTokenIssuer(publicUrl)
    edge = await openEdge(toy, { JWKS_URL: issuer.jwksUrl })
  })
  afterAll(async () => {
    await edge.close()
    await Promise.all([toy.close(), issuer.close()])
  })

  it.each([
    ['introspection', getIntrospectionQuery()],
    ['one type', '{ __type(name: "Book") { name } }'],
    ['an alias', '{ shelf innocent: __schema { types { name } } }'],
    ['a fragment', 'query { ...f } fragment f on Query { ... { __type(name: "Book") { name } } }'],
  ])('is refused to anonymous callers who ask by %s', async (_how, query) => {
    const { status, headers, body } = await edge.query(query)
    expect(status).toBe(401)
    expect(headers.get('www-authenticate')).toBe('Bearer')
    expect(body).toEqual({
      errors: [{ message: 'Sign in to read the schema.', extensions: { code: 'UNAUTHENTICATED' } }],
    })
  })

  it('is not spelled out to anonymous callers by suggestions, which members get', async () => {
    const { text, status } = await edge.query('{ bookz { titel } }')
    expect(status).toBe(400)
    expect(text).toContain('Cannot query field')
    expect(text).not.toContain('Did you mean')
    expect((await edge.query('{ bookz }', { token: await issuer.token() })).text).toContain('Did you mean')
  })

  it('leaves __typename, and texts that merely mention it, to everyone', async () => {
    expect((await edge.query('{ __typename }')).body).toEqual({ data: { __typename: 'Query' } })
    expect((await edge.query('{ book(id: "__schema") { id } }')).body).toEqual({ data: { book: null } })
  })

  it('is open to who has signed in', async () => {
    const { status, body } = await edge.query(getIntrospectionQuery(), { token: await issuer.token() })
    expect(status).toBe(200)
    expect(JSON.stringify(body.data)).toContain('birthplace')
  })

  it('is open to everyone with AUTH=off', async () => {
    const open = await openEdge(toy, { AUTH: 'off' })
    try {
      expect((await open.query(getIntrospectionQuery())).status).toBe(200)
    } finally {
      await open.close()
    }
  })
})
