import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#platform/id'
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
beforeAll(async () => {
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
afterAll(async () => {
  await Promise.all([...edges, toy, tokens].map((each) => each.close()))
  await issuer.close()
})
const statuses = (token: string, query = '{ shelf }') =>
  Promise.all(edges.map(async (edge) => (await edge.query(query, { token })).status))

/** Of somebody of whom nothing was revoked before. */
const newClaims = () => ({ sub: newId(), sid: newId(), org: newId(), roles: ['operator'] })
type Claims = ReturnType<typeof newClaims>

test.each([
  ['its session', ({ sid }: Claims) => `session:${sid}`],
  ['its user', ({ sub }: Claims) => `user:${sub}`],
  ['the membership', ({ org, sub }: Claims) => `member:${org}/${sub}`],
  ['a role', ({ org }: Claims) => `role:${org}/operator`],
])('a token is refused on every node within two seconds of the revocation of %s', async (_of, subjectOf) => {
  const claims = newClaims()
  const token = await tokens.token({ claims: { ...claims, rev: 0 } })
  expect(await statuses(token)).toEqual([200, 200])
  const line = issuer.revoke(subjectOf(claims))
  await waitFor('both nodes', async () => (await statuses(token)).every((status) => status === 401), 2_000)
  const answer = await edges[0]?.query('{ shelf }', { token })
  expect(answer?.body.errors).toMatchObject([
    {
      message: 'The access token was revoked. Refresh it, or sign in again.',
      extensions: { code: 'UNAUTHENTICATED' },
    },
  ])
  const later = await tokens.token({ claims: { ...claims, rev: line } })
  expect(await statuses(later)).toEqual([200, 200])
})

test('a token that does not say when it was issued counts as the oldest', async () => {
  const claims = newClaims()
  issuer.revoke(`session:${claims.sid}`)
  const token = await tokens.token({ claims })
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
