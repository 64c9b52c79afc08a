import type { GraphQLCompositeType, GraphQLObjectType } from 'graphql'
import { describe, expect, test } from 'vitest'
import { composed } from '../../tests/kit/toy-supergraph.ts'
import { anonymousCaller, type Caller } from '../caller/caller.ts'
import { decisionsFor } from './decide-field.ts'
import { readRulebook } from './rulebook.ts'
import { possibleTypes } from './selected-field.ts'

const link = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@authenticated", "@requiresScopes", "@composeDirective"])
  @link(url: "https://specs.example.com/access/v1.0", import: ["@access"]) @composeDirective(name: "@access")
  directive @access(rule: String!, scopes: [String!], row: Boolean! = false, stepUp: Boolean! = false, noKey: Boolean! = false) repeatable on FIELD_DEFINITION | OBJECT`
const of = (name: string, body: string) => ({ name, url: `http://${name}.example.com`, typeDefs: `${link} ${body}` })

const rulebook = readRulebook(
  composed([
    of(
      'a',
      `type Query { open: Int @access(rule: "anyone") user: User @authenticated @access(rule: "signedIn") trail: Trail bare: Int @requiresScopes(scopes: [["x:read", "y:read"], ["z:read"]]) any: Any named: Named }
       type User implements Named @key(fields: "id") {
         id: ID! @access(rule: "anyone") @shareable
         name: String @authenticated @access(rule: "hasScope(user:read) or own user", scopes: ["user:read"], row: true)
         own: Int @authenticated @access(rule: "own user", scopes: [], row: true)
         hard: Int @authenticated @access(rule: "hasScope(user:read) and not an agent", scopes: ["user:read"])
         proven: Int @requiresScopes(scopes: [["user:write"]]) @access(rule: "hasScope(user:write), proven within 5 minutes", stepUp: true)
         person: Int @authenticated @access(rule: "hasScope(user:read) or own user, not by API key", scopes: ["user:read"], row: true, noKey: true)
         both: Int @shareable @requiresScopes(scopes: [["user:read"]]) @access(rule: "hasScope(user:read)")
       }
       type Trail @requiresScopes(scopes: [["audit:read"]]) @access(rule: "hasScope(audit:read)") { seq: Int name: String @requiresScopes(scopes: [["user:read"]]) @access(rule: "hasScope(user:read)") }
       type Plain implements Named { name: String @access(rule: "anyone") }
       interface Named { name: String }
       union Any = User | Plain`,
    ),
    of(
      'b',
      `type User @key(fields: "id") { id: ID! @shareable @access(rule: "signedIn") both: Int @shareable @requiresScopes(scopes: [["run:read"]]) @access(rule: "hasScope(run:read)") }`,
    ),
  ]),
)

const user = (...scopes: string[]): Caller => ({
  ...anonymousCaller(null),
  kind: 'user',
  userId: 'u',
  scopes,
  authTime: 1,
})
const decided = (coordinate: string, caller: Caller, among?: readonly string[]) => {
  const [type = '', name = ''] = coordinate.split('.')
  const parent = rulebook.schema.getType(type) as Extract<GraphQLCompositeType, { getFields: unknown }>
  const field = parent.getFields()[name]
  if (field === undefined) throw new Error(`no ${coordinate}`)
  const possible = among?.map((each) => rulebook.schema.getType(each) as GraphQLObjectType)
  const decision = decisionsFor(
    rulebook,
    caller,
  )({
    parent,
    possible: possible ?? possibleTypes(rulebook.schema, parent),
    field,
  })
  return [decision.outcome, decision.rule, decision.at, decision.missing]
}

describe('of a field', () => {
  test.each([
    ['Query.open', user(), ['ALLOWED', 'anyone', 'Query.open', []]],
    ['Query.user', anonymousCaller(null), ['DENIED', 'signedIn', 'Query.user', []]],
    ['User.name', user(), ['DEPENDS_ON_ROW', 'hasScope(user:read) or own user', 'User.name', ['user:read']]],
    ['User.name', user('user:read'), ['ALLOWED', 'hasScope(user:read) or own user', 'User.name', []]],
    ['User.name', anonymousCaller(null), ['DENIED', 'hasScope(user:read) or own user', 'User.name', []]],
    ['User.own', user('user:read'), ['DEPENDS_ON_ROW', 'own user', 'User.own', []]],
    ['User.hard', user(), ['DENIED', 'hasScope(user:read) and not an agent', 'User.hard', ['user:read']]],
    ['Trail.name', user(), ['DENIED', 'hasScope(audit:read)', 'Trail', ['audit:read', 'user:read']]],
    ['Trail.name', user('audit:read'), ['DENIED', 'hasScope(user:read)', 'Trail.name', ['user:read']]],
    ['Query.trail', user(), ['DENIED', 'hasScope(audit:read)', 'Trail', ['audit:read']]],
  ])('%s the decision, its rule, where that stands and what is missing are told', (coordinate, caller, expected) => {
    expect(decided(coordinate, caller)).toEqual(expected)
  })

  test('that two subgraphs have, the rules of both must be met', () => {
    const both = (...scopes: string[]) => decided('User.both', user(...scopes)).filter((_value, at) => at % 3 === 0)
    expect(both()).toEqual([
      'DENIED',
      expect.toSatisfy((missing) => missing.toSorted().join() === 'run:read,user:read'),
    ])
    expect(both('user:read')).toEqual(['DENIED', ['run:read']])
    expect(both('user:read', 'run:read')).toEqual(['ALLOWED', []])
  })

  test('that a key or a run can never have, no scope is missing', () => {
    const byKey = { ...user('user:read'), apiKeyId: 'k', authTime: null }
    const rule = 'hasScope(user:read) or own user, not by API key'
    expect(decided('User.person', user('user:read'))).toEqual(['ALLOWED', rule, 'User.person', []])
    expect(decided('User.person', byKey)).toEqual(['DENIED', rule, 'User.person', []])
    expect(decided('User.proven', { ...user('user:write'), authTime: null })).toEqual([
      'DENIED',
      'hasScope(user:write), proven within 5 minutes',
      'User.proven',
      [],
    ])
  })

  test('on an interface, where its types differ, the object decides; a fragment that narrows them settles it', () => {
    expect(decided('Named.name', user('user:read'))[0]).toBe('ALLOWED')
    expect(decided('Named.name', user())).toEqual(['DEPENDS_ON_ROW', expect.any(String), 'User.name', ['user:read']])
    expect(decided('Named.name', user(), ['Plain'])[0]).toBe('ALLOWED')
  })

  test('in a supergraph that states no whole rules, what is necessary decides', () => {
    expect(decided('Query.bare', user('x:read'))).toEqual([
      'DENIED',
      'hasScope(x:read) and hasScope(y:read) or hasScope(z:read)',
      'Query.bare',
      ['y:read'],
    ])
    expect(decided('Query.bare', user('z:read'))[0]).toBe('ALLOWED')
  })

  test('that asks for a fresh proof, this is told whether or not it is allowed', () => {
    const parent = rulebook.schema.getType('User') as GraphQLObjectType
    const field = parent.getFields().proven
    if (field === undefined) throw new Error('no field')
    const stepUp = (caller: Caller) => decisionsFor(rulebook, caller)({ parent, possible: [parent], field }).stepUp
    expect([stepUp(user()), stepUp(user('user:write'))]).toEqual([true, true])
  })
})
