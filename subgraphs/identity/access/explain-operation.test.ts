import 'reflect-metadata'
import { buildSchema } from 'graphql'
import { describe, expect, test } from 'vitest'
import type { AccessRule } from '#platform/access/access-rules'
import type { Rulebook } from '#platform/access/rulebook'
import { anonymousCaller, type Caller } from '#platform/caller/caller'
import { explainOperation } from './explain-operation.ts'
import { readOperation } from './read-operation.ts'

const scoped = (scope: string): AccessRule => ({ authenticated: false, scopes: [[scope]], policies: null })
const rulebook: Rulebook = {
  schema: buildSchema(`
    type Query { me: User any: Any named: Named }
    type Mutation { rename: User burn: User }
    type User implements Named { id: ID! name: String email: String friend: User }
    type Agent implements Named { id: ID! name: String cost: Int }
    union Any = User | Agent
    interface Named { name: String }`),
  necessary: new Map([
    ['User.email', { authenticated: true, scopes: null, policies: null }],
    ['User.friend', scoped('friend:read')],
    ['Agent.cost', scoped('agent:audit')],
    ['Agent.name', scoped('agent:read')],
    ['Mutation.burn', scoped('user:burn')],
  ]),
  stated: new Map([
    [
      'User.email',
      [{ name: 'hasScope(user:read) or own user', scopes: ['user:read'], row: true, stepUp: false, noKey: false }],
    ],
    ['User.friend', [{ name: 'hasScope(friend:read)', scopes: null, row: false, stepUp: false, noKey: false }]],
    [
      'Mutation.burn',
      [{ name: 'hasScope(user:burn), proven within 5 minutes', scopes: null, row: false, stepUp: true, noKey: false }],
    ],
  ]),
}
const user = (...scopes: string[]): Caller => ({
  ...anonymousCaller(null),
  kind: 'user',
  userId: 'u',
  scopes,
  authTime: 1,
})
const explain = (text: string, caller = user(), name: string | null = null) =>
  explainOperation(rulebook, readOperation(rulebook.schema, text, name), caller)
const told = (text: string, caller = user()) =>
  explain(text, caller).fields.map(({ path, coordinate, decision }) => [path.join('.'), coordinate, decision])

describe('an explanation', () => {
  test('names each field by its place in the answer, whatever fragments it stands in', () => {
    const text = `{ mine: me { ...F } any { ... on Agent { cost } ... on User { email } __typename } } fragment F on User { id friend { id } }`
    expect(told(text, user('friend:read'))).toEqual([
      ['mine', 'Query.me', 'ALLOWED'],
      ['mine.id', 'User.id', 'ALLOWED'],
      ['mine.friend', 'User.friend', 'ALLOWED'],
      ['mine.friend.id', 'User.id', 'ALLOWED'],
      ['any', 'Query.any', 'ALLOWED'],
      ['any.cost', 'Agent.cost', 'DENIED'],
      ['any.email', 'User.email', 'DEPENDS_ON_ROW'],
    ])
  })

  test('of a field on an interface looks at each type that can be there', () => {
    expect(told('{ named { name } }')).toContainEqual(['named.name', 'Named.name', 'DENIED'])
    expect(told('{ named { ... on User { name } } }')).toContainEqual(['named.name', 'User.name', 'ALLOWED'])
    expect(told('{ named { name } }', user('agent:read'))).toContainEqual(['named.name', 'Named.name', 'ALLOWED'])
  })

  test('tells the rule, where it stands, and what is missing; below a denied field, that field’s', () => {
    const { fields } = explain('{ me { friend { email } } }')
    const rule = { rule: 'hasScope(friend:read)', ruleAt: 'User.friend', decision: 'DENIED', needsStepUp: false }
    expect(fields.slice(1)).toEqual([
      { path: ['me', 'friend'], coordinate: 'User.friend', ...rule, missingScopes: ['friend:read'] },
      {
        path: ['me', 'friend', 'email'],
        coordinate: 'User.email',
        ...rule,
        missingScopes: ['friend:read', 'user:read'],
      },
    ])
  })

  test.each([
    ['{ me { id } }', user(), 'ALLOWED'],
    ['{ me { email } }', user(), 'DEPENDS_ON_ROW'],
    ['{ me { email friend { id } } }', user(), 'PARTIAL'],
    ['mutation { rename { friend { id } } }', user(), 'PARTIAL'],
    ['mutation { rename { id } burn { id } }', user(), 'REFUSED'],
    ['mutation { rename { id } ... { burn { id } } }', user(), 'REFUSED'],
    ['mutation { rename { id } burn { id } }', user('user:burn'), 'ALLOWED'],
  ])('of %s as a whole', (text, caller, verdict) => {
    expect(explain(text, caller).verdict).toBe(verdict)
  })

  test('tells of a field that it takes a fresh proof, allowed or not', () => {
    for (const caller of [user(), user('user:burn')])
      expect(explain('mutation { burn { id } }', caller).fields[0]).toMatchObject({ needsStepUp: true })
  })

  test('to whom can prove nothing, as keys and runs, says that no scope helps', () => {
    const { fields } = explain('mutation { burn { id } }', { ...user('user:burn'), authTime: null })
    expect(fields[0]).toMatchObject({ decision: 'DENIED', missingScopes: [], needsStepUp: true })
  })

  test('is of the operation that is named', () => {
    const text = 'query A { me { id } } query B { named { name } }'
    expect(explain(text, user(), 'B').fields[0]?.coordinate).toBe('Query.named')
    expect(() => explain(text)).toThrow('several operations')
    expect(() => explain(text, user(), 'C')).toThrow('no such operation')
  })
})

describe('refused in words that say so is an operation', () => {
  test.each([
    ['that does not parse', '{ me {', 'Syntax Error: Expected Name, found <EOF>.'],
    ['that holds no operation but is empty', '', 'Syntax Error: Unexpected <EOF>.'],
    ['that asks for what is not there', '{ me { wings } }', 'Cannot query field "wings" on type "User".'],
    [
      'whose fragments never end',
      '{ me { ...F } } fragment F on User { ...F }',
      'Cannot spread fragment "F" within itself.',
    ],
  ])('%s', (_why, text, message) => {
    expect(() => explain(text)).toThrow(
      expect.objectContaining({
        code: 'OPERATION_INVALID',
        details: [expect.objectContaining({ message, line: 1, column: expect.any(Number) })],
      }),
    )
  })

  const doubling = Array.from({ length: 30 }, (_, i) => `fragment F${i} on User { ...F${i + 1} ...F${i + 1} }`).join(
    ' ',
  )
  const branching = Array.from({ length: 12 }, (_, i) => {
    const next = `friend { ...F${i + 1} }`
    return `fragment F${i} on User { a: ${next} b: ${next} }`
  }).join(' ')
  test.each([
    ['too long', `{ me { ${'id '.repeat(4_000)} } }`],
    ['deeper than can be read', `{ me ${'{ ... '.repeat(1_000)}{ id }${'}'.repeat(1_000)} }`],
    ['deeper than is executed', `{ me { ${'friend { '.repeat(60)} id ${'}'.repeat(60)} } }`],
    ['that multiplies by its fragments', `{ me { ...F0 } } ${doubling} fragment F30 on User { id }`],
    ['with too many fields', `{ me { ...F0 } } ${branching} fragment F12 on User { id }`],
  ])('%s', (_why, text) => {
    expect(() => explain(text)).toThrow(expect.objectContaining({ code: 'OPERATION_TOO_COMPLEX' }))
  })

  test('and of its faults at most ten are told', () => {
    const text = `{ ${Array.from({ length: 40 }, (_, i) => `x${i}`).join(' ')} }`
    expect(() => explain(text)).toThrow(
      expect.objectContaining({ details: expect.toSatisfy((details) => details.length === 10) }),
    )
  })
})
