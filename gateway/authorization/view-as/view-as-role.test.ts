import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { anonymousCaller } from '#platform/caller/caller'
import { scopes } from '#platform/caller/scopes'
import { type Edge, openEdge } from '../../../tests/kit/edge.ts'
import { openTokenIssuer, type TokenIssuer } from '../../../tests/kit/token-issuer.ts'
import { openToyOffice, type ToyOffice } from '../../../tests/kit/toy-office.ts'
import { narrowCaller } from './narrow-caller.ts'

const some = <T>(all: readonly T[]): T[] => all.filter(() => Math.random() < 0.4)
const roles = ['owner', 'admin', 'auditor', 'viewer', 'made up']

it('whatever a role is said to hold, a caller who looks through it has nothing that is not theirs', () => {
  for (let i = 0; i < 2_000; i += 1) {
    const caller = { ...anonymousCaller(null), kind: 'user' as const, scopes: some(scopes), roles: some(roles) }
    const role = { name: roles[i % roles.length] ?? '', scopes: [...some(scopes), ...some(['*', '', 'no:such'])] }
    const { scopes: left, roles: names, ...rest } = narrowCaller(caller, role)
    expect(left).toEqual(caller.scopes.filter((scope) => role.scopes.includes(scope)))
    expect(names.every((name) => caller.roles.includes(name) && name === role.name)).toBe(true)
    expect({ ...rest, scopes: [], roles: [] }).toEqual({ ...caller, scopes: [], roles: [] })
  }
})

describe('an operation that is looked at through a role', () => {
  const publicUrl = 'http://localhost:4000/api'
  let office: ToyOffice
  let issuer: TokenIssuer
  let edge: Edge
  beforeAll(async () => {
    office = await openToyOffice()
    issuer = await openTokenIssuer(publicUrl)
    edge = await openEdge(office, { JWKS_URL: issuer.jwksUrl })
  })
  beforeEach(() => void office.asked())
  afterAll(async () => {
    await edge.close()
    await Promise.all([office.close(), issuer.close()])
  })
  const operator = 'ops:read pay:read hr notes'
  const ask = async (query: string, scope: string, headers: Record<string, string>) => {
    const token = await issuer.token({ claims: { scope, roles: ['owner', 'viewer'] } })
    return edge.query(query, { token, headers })
  }
  const viewed = (scopes: string, role = 'viewer') => ({ 'x-view-as-role': role, 'x-view-as-scopes': scopes })
  const codes = ({ body }: Awaited<ReturnType<typeof ask>>) => body.errors?.map(({ extensions }) => extensions.code)

  it('is pruned by what the role and the caller both hold, and subgraphs are told of no more', async () => {
    const query = '{ person(id: "p1") { name salary badge } }'
    const own = await ask('{ person(id: "p1") { name salary } }', operator, {})
    expect(own.body.data).toEqual({ person: { name: 'Ada', salary: 900 } })
    office.staff.requests.splice(0)
    const { body } = await ask('{ person(id: "p1") { name salary } note { text } }', operator, viewed('notes badge'))
    expect(body.data).toEqual({ person: { name: 'Ada', salary: null }, note: { text: 'burn this' } })
    expect(office.staff.requests.map(({ caller }) => [caller?.scopes, caller?.roles])).toEqual([
      [['notes'], ['viewer']],
    ])
    // The role is said to hold what the caller does not.
    expect((await ask(query, operator, viewed('badge pay:read'))).body.data).toEqual({ person: null })
  })

  it('is never answered with what was read by all of the rights, nor the other way round', async () => {
    const query = '{ person(id: "p1") { name salary } }'
    const answers = [viewed(''), {}, viewed('pay:read'), viewed('')].map((headers) => ask(query, operator, headers))
    const people = (await Promise.all(answers)).map(({ body }) => body.data?.person)
    expect(people).toEqual([null, 900, 900, null].map((salary) => ({ name: 'Ada', salary })))
  })

  it('is a query: a mutation is refused, and nothing is done, even one that asks for no right', async () => {
    for (const mutation of ['mutation { greet(name: "x") }', 'mutation { hire(name: "x") { id } }']) {
      const refused = await ask(mutation, operator, viewed(operator))
      expect([refused.status, codes(refused)]).toEqual([403, ['FORBIDDEN']])
    }
    expect(office.asked()).toBe('')
    const stream = await ask('mutation { greet }', operator, { ...viewed(operator), accept: 'text/event-stream' })
    expect(stream.text).toContain('FORBIDDEN')
    expect(office.asked()).toBe('')
    expect((await ask('mutation { greet(name: "x") }', operator, {})).body.data).toEqual({ greet: 'hello x' })
  })

  it('is refused to whoever does not hold ops:read, with either header alone too', async () => {
    const member = await ask('{ open }', 'pay:read hr', viewed('pay:read'))
    expect([member.status, codes(member)]).toEqual([403, ['FORBIDDEN']])
    expect(codes(await ask('{ open }', '', { 'x-view-as-scopes': 'ops:read' }))).toEqual(['FORBIDDEN'])
    const nobody = await edge.query('{ open }', { headers: viewed('ops:read') })
    expect([nobody.status, codes(nobody)]).toEqual([401, ['UNAUTHENTICATED']])
    expect(office.asked()).toBe('')
  })

  it('is refused where the headers are not what they should be, rather than executed with all rights', async () => {
    const [long, newline] = ['x'.repeat(4_001), 'a"b']
    for (const headers of [viewed('a', ''), viewed(long), viewed(newline), { 'x-view-as-scopes': 'hr' }])
      expect(codes(await ask('{ open }', operator, headers))).toEqual(['BAD_USER_INPUT'])
    expect(office.asked()).toBe('')
  })
})
