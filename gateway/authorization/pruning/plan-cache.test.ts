import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Edge, openEdge } from '../../../tests/kit/edge.ts'
import { openTokenIssuer, type TokenIssuer } from '../../../tests/kit/token-issuer.ts'
import { openToyOffice, type ToyOffice } from '../../../tests/kit/toy-office.ts'

const query = 'query Pay($id: ID!) { person(id: $id) { name salary slips { sum } room } }'
const scopes = { owner: 'pay:read', viewer: '', agent: 'pay:read' } as const
type Who = keyof typeof scopes | 'nobody'

const whole = { person: { name: 'Ada', salary: 900, slips: [{ sum: 900 }], room: 'room 0' } }
const expected: Record<Who, object> = {
  owner: whole,
  agent: whole,
  viewer: { person: { ...whole.person, salary: null, slips: null } },
  nobody: { person: { name: 'Ada', salary: null, slips: null, room: null } },
}

describe('what one caller was answered', () => {
  let office: ToyOffice
  let issuer: TokenIssuer
  let edge: Edge
  beforeAll(async () => {
    office = await openToyOffice()
    issuer = await openTokenIssuer('http://localhost:4000/api')
  })
  // Each order meets a gateway that has planned nothing yet.
  beforeEach(async () => {
    edge = await openEdge(office, { JWKS_URL: issuer.jwksUrl })
    return () => edge.close()
  })
  afterAll(() => Promise.all([office.close(), issuer.close()]))

  const ask = async (who: Who) => {
    office.asked()
    const token = who === 'nobody' ? undefined : await issuer.token({ claims: { scope: scopes[who], sub: who } })
    const { body } = await edge.query(query, { variables: { id: 'p1' }, ...(token === undefined ? {} : { token }) })
    const asked = office.asked()
    return { data: body.data, asksFor: ['salary', 'slips', 'room'].filter((field) => asked.includes(field)) }
  }

  it.each([
    ['owner', 'viewer', 'nobody'],
    ['nobody', 'viewer', 'owner'],
    ['viewer', 'owner', 'agent'],
    ['owner', 'nobody', 'agent'],
  ] as const)(
    'decides nothing for the next: %s, then %s, then %s, and again while all plans are warm',
    async (...order) => {
      for (const who of [...order, ...order, ...order.toReversed()]) {
        const asksFor = {
          owner: ['salary', 'slips', 'room'],
          agent: ['salary', 'slips', 'room'],
          viewer: ['room'],
          nobody: [],
        }
        expect(await ask(who), who).toEqual({ data: expected[who], asksFor: asksFor[who] })
      }
    },
  )

  it('at the same time holds for each alone', async () => {
    const all = ['owner', 'viewer', 'nobody', 'agent', 'viewer', 'owner'] as const
    const answers = await Promise.all([...all, ...all].map(async (who) => [who, (await ask(who)).data] as const))
    for (const [who, data] of answers) expect(data, who).toEqual(expected[who])
  })
})
