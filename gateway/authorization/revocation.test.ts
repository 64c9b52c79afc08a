import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Edge, openEdge } from '../../tests/kit/edge.ts'
import { openRevocationIssuer, type RevocationIssuer } from '../../tests/kit/revocation-issuer.ts'
import { openTokenIssuer, type TokenIssuer } from '../../tests/kit/token-issuer.ts'
import { openToySupergraph, type ToySupergraph } from '../../tests/kit/toy-supergraph.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'

const publicUrl = 'https://api.example.com/api'
let toy: ToySupergraph
let tokens: TokenIssuer
let issuer: RevocationIssuer
let edges: Edge[]
beforeEach(async () => {
  toy = await openToySupergraph()
  tokens = await openTokenIssuer(publicUrl)
  issuer = await openRevocationIssuer(tokens.jwksUrl, Buffer.from(toy.keys.library ?? '', 'base64'))
  const variables = {
    PUBLIC_URL: publicUrl,
    JWKS_URL: `${issuer.origin}/.well-known/jwks.json`,
    ISSUER_SUBGRAPH: 'library',
  }
  edges = [await openEdge(toy, variables), await openEdge(toy, variables)]
})
afterEach(async () => {
  await Promise.all([...edges, toy, tokens].map((each) => each.close()))
  await issuer.close()
})
const statuses = (token: string, query = '{ shelf }') =>
  Promise.all(edges.map(async (edge) => (await edge.query(query, { token })).status))

test.each([
  ['its session', 'session:session-1'],
  ['its user', 'user:user-1'],
  ['the membership', 'member:organization-1/user-1'],
  ['a role', 'role:organization-1/operator'],
])('a token is refused on every node within two seconds of the revocation of %s', async (_of, subject) => {
  const token = await tokens.token({ claims: { roles: ['operator'], rev: 0 } })
  expect(await statuses(token)).toEqual([200, 200])
  const line = issuer.revoke(subject)
  await waitFor('both nodes', async () => (await statuses(token)).every((status) => status === 401), 2_000)
  const answer = await edges[0]?.query('{ shelf }', { token })
  expect(answer?.body.errors).toMatchObject([
    {
      message: 'The access token was revoked. Refresh it, or sign in again.',
      extensions: { code: 'UNAUTHENTICATED' },
    },
  ])
  const later = await tokens.token({ claims: { roles: ['operator'], rev: line } })
  expect(await statuses(later)).toEqual([200, 200])
})

test('a token that does not say when it was issued counts as the oldest', async () => {
  issuer.revoke('session:session-1')
  const token = await tokens.token()
  await waitFor('both nodes', async () => (await statuses(token)).every((status) => status === 401), 2_000)
})

test('while the list cannot be read, queries are answered and nothing is changed on the strength of a token', async () => {
  issuer.up = false
  const variables = {
    PUBLIC_URL: publicUrl,
    JWKS_URL: `${issuer.origin}/.well-known/jwks.json`,
    ISSUER_SUBGRAPH: 'library',
  }
  const edge = await openEdge(toy, variables)
  edges.push(edge)
  const token = await tokens.token()
  const rename = 'mutation { addBook(title: "Ulysses") { title } }'
  expect((await edge.query('{ shelf }', { token })).status).toBe(200)
  const refused = await edge.query(rename, { token })
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
  expect(refused.body.errors).toMatchObject([{ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }])
  expect(toy.library.requests.filter(({ query }) => query.includes('addBook'))).toEqual([])
  expect((await edge.query(rename)).status).toBe(200)

  issuer.up = true
  expect((await edge.query(rename, { token })).status).toBe(200)
})
