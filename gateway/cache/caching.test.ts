import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Edge, openEdge } from '../../tests/kit/edge.ts'
import { openTokenIssuer, type TokenIssuer } from '../../tests/kit/token-issuer.ts'
import { openToyMarket } from '../../tests/kit/toy-market.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'

type Claims = Record<string, unknown>

describe('an answer that may be kept', () => {
  let market: Awaited<ReturnType<typeof openToyMarket>>
  let issuer: TokenIssuer
  let edge: Edge
  beforeAll(async () => {
    issuer = await openTokenIssuer('http://localhost:4000/api')
  })
  beforeEach(async () => {
    market = await openToyMarket()
    market.cacheControl.wares = market.cacheControl.prices = 'max-age=60, public'
    edge = await openEdge(market, { JWKS_URL: issuer.jwksUrl })
    return async () => {
      await edge.close()
      await market.close()
    }
  })
  afterAll(() => issuer.close())
  const ask = async (query: string, claims?: Claims) => {
    const token = claims === undefined ? {} : { token: await issuer.token({ claims }) }
    return edge.query(query, token)
  }
  /** The first answer tells that there is something to keep, the second is kept. */
  const keep = async (query: string, claims?: Claims) => [await ask(query, claims), await ask(query, claims)]

  it('is asked for once more, and then no more', async () => {
    await keep('{ wares { name price } }')
    const asked = market.asked()
    for (let i = 0; i < 5; i += 1)
      expect((await ask('{ wares { name price } }')).body).toEqual({
        data: {
          wares: ['Anvil', 'Bell', 'Cup'].map((name, i) => ({ name, price: `w${i + 1} for 5` })),
        },
      })
    expect(market.asked()).toBe(asked)
  })

  it('is asked for each time where the subgraph does not say that it may be kept, or CACHE=off', async () => {
    for (const header of ['', 'no-store', 'max-age=0, public', 'max-age=60, no-cache']) {
      market.cacheControl.wares = header
      const before = market.asked()
      for (let i = 0; i < 4; i += 1)
        expect((await ask('{ wares { id } }')).headers.get('cache-control')).toBe('no-store')
      expect(market.asked() - before, header).toBe(4)
    }
    market.cacheControl.wares = 'max-age=60, public'
    const off = await openEdge(market, { JWKS_URL: issuer.jwksUrl, CACHE: 'off' })
    const before = market.asked()
    for (let i = 0; i < 4; i += 1) await off.query('{ wares { id } }')
    expect(market.asked() - before).toBe(4)
    await off.close()
  })

  it('tells browsers for how long, and how old it is; private to who signed in; not at all beside an error', async () => {
    market.cacheControl.prices = 'max-age=20, public'
    const [first] = await keep('{ wares { name price } }')
    expect(first?.headers.get('cache-control')).toMatch(/^public, max-age=(19|20)$/)
    expect([first?.headers.get('age'), first?.headers.get('vary')]).toEqual([
      '0',
      expect.stringContaining('authorization'),
    ])
    const [mine] = await keep('{ wares { name } }', { sub: 'u1' })
    expect(mine?.headers.get('cache-control')).toMatch(/^private, max-age=(59|60)$/)
    const get = await fetch(`${edge.graphqlUrl}?query=${encodeURIComponent('{ wares { name price } }')}`, {
      headers: { 'graphql-require-preflight': '1' },
    })
    expect(get.headers.get('cache-control')).toMatch(/^public, max-age=(19|20)$/)
    expect((await ask('{ wares { name cost } }')).headers.get('cache-control')).toBe('no-store')
    expect((await ask('{ wares { name } broken }')).headers.get('cache-control')).toBe('no-store')
    expect((await ask('{ __typename }')).headers.get('cache-control')).toBe('no-store')
    const { headers } = await ask('mutation { rename(id: "w1", name: "Axe") { name } }')
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('is never one with an error', async () => {
    for (let i = 0; i < 4; i += 1) expect((await ask('{ broken }')).body.errors).toHaveLength(1)
    expect(market.asked()).toBe(4)
  })

  it('is of nobody else when it is private, and of nobody with other rights when it is public', async () => {
    const pick = <T>(...from: readonly T[]): T => from[Math.floor(Math.random() * from.length)] as T
    const hits = { before: market.asked(), questions: 0 }
    for (let i = 0; i < 150; i += 1) {
      const isPublic = pick(true, false)
      market.cacheControl.wares = isPublic ? 'max-age=60, public' : pick('max-age=60, private', 'max-age=60')
      const [sub, org, roles] = [pick('u1', 'u2'), pick('o1', 'o2'), pick([], ['viewer'], ['owner', 'viewer'])]
      const scopes = pick([], ['a:read'], ['cost:read'], ['a:read', 'cost:read'])
      const claims = { sub, org, roles, scope: scopes.join(' '), ...pick({}, { act: { sub: 'agent-1' } }) }
      const query = isPublic
        ? 'query Public { rights wares { id cost } }'
        : 'query Private { self rights wares { id cost } }'
      const { body } = await ask(query, claims)
      const by = 'act' in claims ? 'agent' : 'person'
      expect(body.data?.rights).toBe([org, scopes.toSorted(), roles.toSorted(), by].join(' '))
      if (!isPublic) expect(body.data?.self).toBe(`${sub} of ${org}`)
      const cost = scopes.includes('cost:read') ? 7 : null
      expect(body.data?.wares).toEqual(['w1', 'w2', 'w3'].map((id) => ({ id, cost })))
      expect(body.errors?.map(({ extensions }) => extensions.code) ?? []).toEqual(
        cost === null ? ['UNAUTHORIZED_FIELD_OR_TYPE'] : [],
      )
      hits.questions += 1
    }
    expect(market.asked() - hits.before).toBeLessThan(hits.questions)
  })

  it('is not one for who has lost a role, or come by one', async () => {
    await keep('{ rights }', { roles: ['owner'], scope: 'a:read' })
    const asked = market.asked()
    expect((await ask('{ rights }', { roles: ['owner'], scope: 'a:read' })).body.data?.rights).toContain('a:read')
    expect(market.asked()).toBe(asked)
    expect((await ask('{ rights }', { roles: [], scope: '' })).body.data?.rights).not.toContain('a:read')
    expect(market.asked()).toBe(asked + 1)
  })

  it('is of nobody else where an Authorization is handed on that may stand for any rights', async () => {
    const unruled = await openToyMarket({ ruled: false })
    unruled.cacheControl.wares = 'max-age=60, public'
    const open = await openEdge(unruled, { AUTH: 'off' })
    const authorizations = ['Basic YQ==', 'Basic Yg==', 'Basic YQ==', 'Basic Yg==', 'Basic YQ==']
    for (const authorization of authorizations) await open.query('{ rights }', { headers: { authorization } })
    expect(unruled.asked()).toBe(3)
    const { headers } = await open.query('{ rights }', { headers: { authorization: 'Basic YQ==' } })
    expect(headers.get('cache-control')).toMatch(/^private/)
    await open.close()
    await unruled.close()
  })

  it('is given up by a mutation that returns what it speaks of', async () => {
    await keep('{ ware(id: "w1") { name } cheapest { id name } }')
    expect((await ask('mutation { rename(id: "w1", name: "Axe") { id } }')).status).toBe(200)
    const { body } = await ask('{ ware(id: "w1") { name } cheapest { id name } }')
    expect(body.data).toEqual({ ware: { name: 'Axe' }, cheapest: { id: 'w1', name: 'Axe' } })
  })

  it('is not kept when it was read before a change and comes in after it', async () => {
    const query = '{ ware(id: "w1") { name } }'
    await ask(query)
    const held = Promise.withResolvers<void>()
    const { answer } = market.wares
    market.wares.answer = async (reply, request) => {
      const early = market.names.get('w1')
      if (!request.query.includes('mutation')) await held.promise
      const header = { 'content-type': 'application/json', 'cache-control': 'max-age=60, public' }
      if (request.query.includes('mutation')) return answer?.(reply, request)
      reply.writeHead(200, header).end(JSON.stringify({ data: { ware: { name: early } } }))
    }
    const asked = market.asked()
    const reading = ask(query)
    await waitFor('the read', () => market.asked() > asked)
    await ask('mutation { rename(id: "w1", name: "Axe") { id } }')
    held.resolve()
    expect((await reading).body.data).toEqual({ ware: { name: 'Anvil' } })
    market.wares.answer = answer
    expect((await ask(query)).body.data).toEqual({ ware: { name: 'Axe' } })
  })

  it('is asked for once, however many wait for it', async () => {
    await ask('{ wares { id name } }', { sub: 'u0' })
    const asked = market.asked()
    const people = Array.from({ length: 20 }, (_, i) => ask('{ wares { id name } }', { sub: `u${i}` }))
    for (const { body } of await Promise.all(people)) expect(body.data?.wares).toHaveLength(3)
    expect(market.asked() - asked).toBe(1)
  })

  it('leaves those who waited for what could not be kept to ask for themselves, all at once', async () => {
    const query = '{ wares { id name } }'
    await ask(query, { sub: 'u0' })
    const { answer } = market.wares
    const held: (() => void)[] = []
    market.wares.answer = (reply, request) => {
      held.push(() => void answer?.(reply, request))
    }
    market.cacheControl.wares = 'no-store'
    const people = Array.from({ length: 5 }, (_, i) => ask(query, { sub: `u${i}` }))
    await waitFor('the first', () => held.length === 1)
    held[0]?.()
    await waitFor('the others', () => held.length === 5)
    for (const reply of held.slice(1)) reply()
    for (const { body } of await Promise.all(people)) expect(body.data?.wares).toHaveLength(3)
  })

  it('is of single entities too: only those not kept are asked for, and errors stand where they belong', async () => {
    market.cacheControl.wares = 'no-store'
    await keep('{ wares { id price } }')
    market.names.delete('w1')
    market.names.delete('w2')
    for (const id of ['w9', 'w2', 'w8']) market.names.set(id, id)
    market.prices.requests.length = 0
    const { body } = await ask('{ wares { id price } }')
    expect(market.prices.requests.map(({ variables }) => variables.representations)).toEqual([
      [
        { __typename: 'Ware', id: 'w9' },
        { __typename: 'Ware', id: 'w8' },
      ],
    ])
    expect(body.data?.wares).toEqual([
      { id: 'w3', price: 'w3 for 5' },
      { id: 'w9', price: null },
      { id: 'w2', price: 'w2 for 5' },
      { id: 'w8', price: 'w8 for 5' },
    ])
    expect(body.errors?.map(({ path }) => path)).toEqual([['wares', 1, 'price']])
  })
})
