import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Edge, openEdge, ask as send } from '../../../tests/kit/edge.ts'
import { openTokenIssuer, type TokenIssuer } from '../../../tests/kit/token-issuer.ts'
import { openToyOffice, type ToyOffice } from '../../../tests/kit/toy-office.ts'
import { openToySupergraph } from '../../../tests/kit/toy-supergraph.ts'
import type { Explanation } from './explain-operation.ts'
import { explainPlan } from './explained-plan.ts'

const post = (edge: Edge, body: unknown, headers: Record<string, string> = {}) =>
  send(`${edge.graphqlUrl}/explain`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

describe('what would become of an operation', () => {
  let office: ToyOffice
  let issuer: TokenIssuer
  let edge: Edge
  beforeAll(async () => {
    office = await openToyOffice()
    issuer = await openTokenIssuer('http://localhost:4000/api')
    edge = await openEdge(office, { JWKS_URL: issuer.jwksUrl })
  })
  beforeEach(() => void office.asked())
  afterAll(async () => {
    await edge.close()
    await Promise.all([office.close(), issuer.close()])
  })
  const explain = async (query: string, scope: string, headers = {}) => {
    const authorization = `Bearer ${await issuer.token({ claims: { scope } })}`
    return post(edge, { query }, { authorization, ...headers })
  }
  const query = 'query Pay { person(id: "p1") { name salary slips { sum } } people { id } }'

  it('is told to holders of ops:read alone; nobody else sees a plan', async () => {
    for (const answer of [await explain(query, 'pay:read'), await post(edge, { query })]) {
      expect([401, 403]).toContain(answer.status)
      expect(answer.text).not.toMatch(/staff|fetch|plan/)
    }
    expect((await explain(query, 'ops:read')).status).toBe(200)
    expect((await send(`${edge.graphqlUrl}/explain`)).status).toBe(404)
  })

  it('is its plan with what each subgraph would be asked, its cost, and whose it is; none is asked', async () => {
    const { text } = await explain(query, 'ops:read pay:read')
    const told = JSON.parse(text) as Explanation
    expect(told).toMatchObject({
      operation: { kind: 'query', name: 'Pay' },
      registered: null,
      client: { name: 'default', documents: 'off' },
      cost: { estimated: expect.any(Number), maximum: 10_000, largestList: { path: expect.any(String) } },
      denied: [],
      plan: {
        kind: 'sequence',
        steps: [
          { kind: 'fetch', subgraph: 'staff', at: '', requires: null, operation: expect.stringContaining('salary') },
          { kind: 'fetch', subgraph: 'pay', at: 'person', requires: '... on Person { __typename id }' },
        ],
      },
    })
    expect(office.asked()).toBe('')
  })

  it('is that for the rights of who asks, or of the role that they look through', async () => {
    const own = JSON.parse((await explain(query, 'ops:read')).text) as Explanation
    expect(own.denied.map(({ coordinate }) => coordinate)).toEqual(['Person.salary', 'Person.slips'])
    expect(own.plan).toMatchObject({ kind: 'fetch', subgraph: 'staff' })
    const role = { 'x-view-as-role': 'viewer', 'x-view-as-scopes': 'agent:read' }
    const viewed = JSON.parse((await explain(query, 'ops:read pay:read', role)).text) as Explanation
    expect(viewed.denied).toEqual(own.denied)
    const none = JSON.parse((await explain('{ ledger }', 'ops:read')).text) as Explanation
    expect([none.plan, none.denied]).toEqual([null, [{ path: ['ledger'], coordinate: 'Query.ledger' }]])
    expect(office.asked()).toBe('')
  })

  it('is that of a mutation too, which is not done', async () => {
    const { text } = await explain('mutation { greet(name: "x") }', 'ops:read')
    expect((JSON.parse(text) as Explanation).plan).toMatchObject({ kind: 'fetch', subgraph: 'staff' })
    expect(office.asked()).toBe('')
  })

  it.each(['{ nothing }', '{'])('is the fault of %s, as it would be answered with', async (faulty) => {
    const { status, body } = await explain(faulty, 'ops:read')
    expect([status, body.errors?.[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT'])
  })
})

it('where nobody can sign in, everybody is told', async () => {
  const toy = await openToySupergraph()
  const edge = await openEdge(toy, { AUTH: 'off' })
  try {
    const { status, text } = await post(edge, { query: '{ shelf }' })
    expect([status, (JSON.parse(text) as Explanation).plan]).toMatchObject([200, { subgraph: 'library' }])
    expect(toy.library.requests).toEqual([])
    expect((await post(edge, [])).status).toBe(400)
  } finally {
    await edge.close()
    await toy.close()
  }
})

it('every kind of node of a plan is told', () => {
  const fetch = { kind: 'Fetch', serviceName: 'a', operation: '{a}', operationKind: 'query' } as const
  const told = { kind: 'fetch', subgraph: 'a', at: '', requires: null, operation: '{\n  a\n}' }
  const nested = { kind: 'Flatten', path: ['x', '@'], node: { kind: 'Flatten', path: ['y'], node: fetch } } as const
  const condition = { kind: 'Condition', condition: 'c', ifClause: nested } as const
  expect(explainPlan({ kind: 'Subscription', primary: fetch, rest: condition })).toEqual({
    kind: 'subscription',
    events: told,
    rest: { kind: 'condition', variable: '$c', ifTrue: { ...told, at: 'x.@.y' }, ifFalse: null },
  })
  expect(explainPlan({ kind: 'Parallel', nodes: [fetch] })).toEqual({ kind: 'parallel', steps: [told] })
})
