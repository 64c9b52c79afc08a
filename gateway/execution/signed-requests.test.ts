import { afterEach, describe, expect, it } from 'vitest'
import { openEdge } from '../../tests/kit/edge.ts'
import { openToySupergraph, type ToySupergraph } from '../../tests/kit/toy-supergraph.ts'

describe('a request to a subgraph', () => {
  const closers: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })
  const open = async (toy: ToySupergraph, variables: Record<string, string> = {}) => {
    const edge = await openEdge(toy, { AUTH: 'off', ...variables })
    closers.push(edge.close)
    return edge
  }
  const openToy = async (options?: { signed: boolean }) => {
    const toy = await openToySupergraph(options)
    closers.push(toy.close)
    return toy
  }

  it('is signed over method, path, body, caller and audience, and cannot be sent twice', async () => {
    const toy = await openToy()
    const edge = await open(toy)
    await edge.query('{ shelf }')
    const [seen] = toy.library.requests
    expect(seen?.headers).toMatchObject({
      'signature-input': expect.stringContaining('"@method" "@path" "content-digest" "forgeops-caller"'),
      signature: expect.stringMatching(/^forgeops=:.+:$/),
      'forgeops-audience': 'library',
    })
    const headers = Object.fromEntries(
      Object.entries(seen?.headers ?? {}).filter(([name]) => /^(content-|signature|forgeops-)/.test(name)),
    ) as Record<string, string>
    delete headers['content-length']
    const replay = await fetch(toy.library.url, { method: 'POST', headers, body: seen?.body ?? '' })
    expect(replay.status).toBe(401)
    expect(await replay.text()).toContain('seen before')
    const elsewhere = await fetch(toy.people.url, { method: 'POST', headers, body: seen?.body ?? '' })
    expect(await elsewhere.text()).toContain('another audience')
  })

  it('is signed with the key of its receiver only', async () => {
    const toy = await openToy()
    const edge = await open(toy, { SUBGRAPH_KEYS: `library=${toy.keys.library},people=${toy.keys.library}` })
    const { body } = await edge.query('{ shelf authors { id } }')
    expect(body.data).toEqual({ shelf: 'north', authors: null })
    expect(body.errors?.[0]?.extensions.code).toBe('SUBGRAPH_UNAVAILABLE')
  })

  it('needs a key for every subgraph unless AUTH=off', async () => {
    const toy = await openToy()
    const opening = openEdge(toy, {
      SUBGRAPH_KEYS: `library=${toy.keys.library}`,
      JWKS_URL: 'http://127.0.0.1:9/keys',
    })
    await expect(opening).rejects.toThrow('SUBGRAPH_KEYS has no key for people.')
  })

  it('carries the Authorization of the client where there is no key, so that any supergraph can be served', async () => {
    const toy = await openToy({ signed: false })
    const edge = await open(toy, { SUBGRAPH_KEYS: `people=${toy.keys.people}` })
    await edge.query('{ shelf authors { id } }', { headers: { authorization: 'Basic dXNlcjpwYXNz' } })
    expect(toy.library.requests[0]?.headers).toMatchObject({ authorization: 'Basic dXNlcjpwYXNz' })
    expect(toy.library.requests[0]?.headers).not.toHaveProperty('signature')
    expect(toy.people.requests[0]?.headers).not.toHaveProperty('authorization')
    expect(toy.people.requests[0]?.headers).toHaveProperty('signature')
  })

  it.each([
    ['covered by the signature', true],
    ['as it came, where requests are not signed', false],
  ])('carries the Idempotency-Key of a mutation, %s, and none of a query', async (_how, signed) => {
    const toy = await openToy({ signed })
    const edge = await open(toy, signed ? {} : { SUBGRAPH_KEYS: '' })
    const headers = { 'idempotency-key': '"k-1"' }
    await edge.query('mutation { addBook(title: "Lakes") { id author { name } } }', { headers })
    await edge.query('{ shelf }', { headers })
    const keys = [...toy.library.requests, ...toy.people.requests].map((seen) => seen.headers['idempotency-key'])
    expect(keys).toEqual(['k-1', undefined, undefined])
    const covered = toy.library.requests[0]?.headers['signature-input']
    expect(String(covered).includes('"idempotency-key"')).toBe(signed)
  })

  it('is not made for a mutation whose Idempotency-Key is none', async () => {
    const toy = await openToy()
    const edge = await open(toy)
    const answer = await edge.query('mutation { greet(id: "a1") }', { headers: { 'idempotency-key': 'a b' } })
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] } })
    expect(toy.people.requests).toEqual([])
  })

  it('goes to the url that SUBGRAPH_URLS gives in place of the one in the file', async () => {
    const [toy, other] = [await openToy({ signed: false }), await openToy({ signed: false })]
    const edge = await open(toy, { SUBGRAPH_KEYS: '', SUBGRAPH_URLS: `library=${other.library.url}` })
    await edge.query('{ shelf }')
    expect([toy.library.requests.length, other.library.requests.length]).toEqual([0, 1])
  })

  it('shares kept connections', async () => {
    const toy = await openToy()
    const edge = await open(toy)
    const ports = new Set<number | undefined>()
    toy.library.answer = (reply, request) => {
      ports.add(reply.req.socket.remotePort)
      reply.end(JSON.stringify({ data: { shelf: request.query } }))
    }
    for (let i = 0; i < 5; i += 1) await edge.query('{ shelf }')
    expect(ports.size).toBe(1)
  })
})
