import { buildSchema, type GraphQLCompositeType, type GraphQLObjectType, isUnionType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { anonymousCaller, type Caller } from '../caller/caller.ts'
import type { AccessRule } from './access-rules.ts'
import { closedAt } from './denied-field.ts'
import { rightsOver } from './rights.ts'
import { possibleTypes } from './selected-field.ts'

const schema = buildSchema(`
  type Query { node: Node any: Any own: Own tone: Tone a: A closed: Closed }
  interface Node { id: ID size: Int }
  interface Own { id: ID }
  type A implements Node & Own { id: ID size: Int }
  type B implements Node & Own { id: ID size: Int }
  type Closed { id: ID }
  union Any = A | Closed
  enum Tone { LOW }
`)
const none: AccessRule = { authenticated: false, scopes: null, policies: null }
const signedIn: AccessRule = { ...none, authenticated: true }
const needs = (...scopes: string[][]): AccessRule => ({ ...none, scopes })
const nobody = anonymousCaller(null)
const user = (...scopes: string[]): Caller => ({ ...nobody, kind: 'user', userId: 'u', scopes })

const closed = (rules: Record<string, AccessRule>, caller: Caller, coordinate: string, among?: readonly string[]) => {
  const [type = '', name = ''] = coordinate.split('.')
  const parent = schema.getType(type) as GraphQLCompositeType
  const field = isUnionType(parent) ? undefined : parent.getFields()[name]
  if (field === undefined) throw new Error(`no ${coordinate}`)
  const possible = among?.map((each) => schema.getType(each) as GraphQLObjectType) ?? possibleTypes(schema, parent)
  return closedAt(schema, rightsOver(new Map(Object.entries(rules)))(caller), parent, possible, field)
}

const denied = (...asked: Parameters<typeof closed>) => closed(...asked) !== undefined

describe('a field is denied', () => {
  it.each([
    ['by its own rule', { 'Query.a': signedIn }, 'Query.a'],
    ['by the rule of the type it stands on', { Query: signedIn }, 'Query.a'],
    ['by the rule of the object type it answers with', { Closed: signedIn }, 'Query.closed'],
    ['by the rule of the enum it answers with', { Tone: signedIn }, 'Query.tone'],
    ['on an interface by one of its types', { B: signedIn }, 'Node.id'],
    ['on an interface by the field of one of its types', { 'B.size': signedIn }, 'Node.size'],
    ['on an interface by a rule of that alone', { 'Node.size': signedIn }, 'Node.size'],
    ['by a rule of the interface it answers with alone', { Own: signedIn }, 'Query.own'],
  ])('%s, which is named', (_why, rules, coordinate) => {
    expect(closed(rules, nobody, coordinate)).toBe(Object.keys(rules)[0])
    expect(closed(rules, user(), coordinate)).toBeUndefined()
  })

  it('never by what other fields ask for', () => {
    expect(denied({ 'Query.a': signedIn, 'A.size': signedIn }, nobody, 'Query.tone')).toBe(false)
    expect(denied({ 'A.size': signedIn }, nobody, 'Query.a')).toBe(false)
  })

  it('not where an interface or a union is only met: what is denied on its types is denied there', () => {
    // As composition writes it: the interface says what its types say.
    expect(denied({ B: signedIn, Node: signedIn }, nobody, 'Query.node')).toBe(false)
    expect(denied({ A: signedIn, Closed: signedIn }, nobody, 'Query.any')).toBe(false)
    const copied = { 'B.size': signedIn, 'Node.size': signedIn }
    expect(denied(copied, nobody, 'Node.size', ['A'])).toBe(false)
    expect(denied(copied, nobody, 'Node.size', ['B'])).toBe(true)
  })
})

describe('a rule is met', () => {
  const met = (rule: AccessRule, caller: Caller) => !denied({ 'Query.a': rule }, caller, 'Query.a')

  it('by any alternative whose scopes are all there, each to the letter', () => {
    const rule = needs(['a', 'b'], ['c'])
    expect([['a', 'b'], ['c'], ['c', 'x']].map((scopes) => met(rule, user(...scopes)))).toEqual([true, true, true])
    expect([[], ['a'], ['b'], ['C'], ['a b']].map((scopes) => met(rule, user(...scopes)))).toEqual(Array(5).fill(false))
    expect(met(needs(), user('a'))).toBe(false)
  })

  it('by nobody who is not signed in, whatever scopes are claimed', () => {
    for (const kind of ['anonymous', 'system'] as const) expect(met(needs(['a']), { ...user('a'), kind })).toBe(false)
    expect(met({ ...needs(['a']), authenticated: true }, user('a'))).toBe(true)
  })

  it('by nobody when it is a policy, which nothing here evaluates', () => {
    expect(met({ ...none, policies: [[]] }, user('a'))).toBe(false)
  })
})

describe('the key of rights', () => {
  const rightsOf = rightsOver(
    new Map([
      ['Query.a', needs(['a'])],
      ['Query.tone', needs(['a'])],
      ['A', signedIn],
    ]),
  )

  it('is the same for callers to whom the same is open, and for no others', () => {
    expect(rightsOf(user('a', 'x')).key).toBe(rightsOf(user('y', 'a')).key)
    expect(new Set([nobody, user(), user('a')].map((caller) => rightsOf(caller).key)).size).toBe(3)
  })
})
