import { describe, expect, test } from 'vitest'
import { composed } from '../tests/kit/toy-supergraph.ts'
import { authorizationDiff } from './authorization-diff.ts'

const link = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@authenticated", "@requiresScopes", "@composeDirective"])
  @link(url: "https://specs.example.com/access/v1.0", import: ["@access"]) @composeDirective(name: "@access")
  directive @access(rule: String!, scopes: [String!], row: Boolean! = false, stepUp: Boolean! = false) repeatable on FIELD_DEFINITION | OBJECT`
const anyone = '@access(rule: "anyone")'
const signedIn = '@authenticated @access(rule: "signedIn")'
const needs = (scope: string) => `@requiresScopes(scopes: [["${scope}"]]) @access(rule: "hasScope(${scope})")`
const orOwn = (scope: string) =>
  `@authenticated @access(rule: "hasScope(${scope}) or own", scopes: ["${scope}"], row: true)`
const supergraph = (email: string, more = '', cancel = needs('run:cancel')) =>
  composed([
    {
      name: 'a',
      url: 'http://a.example.com',
      typeDefs: `${link} type Query { user: User ${anyone} } type User { id: ID ${anyone} email: String ${email} ${more} } type Mutation { cancel: Int ${cancel} }`,
    },
  ])
const roles = { viewer: ['user:read'], operator: ['user:read', 'run:cancel'], guest: [] }
const changes = (before: string, after: string, then: Record<string, string[]> = roles) =>
  authorizationDiff(
    { supergraph: before, roles: JSON.stringify(roles) },
    { supergraph: after, roles: JSON.stringify(then) },
  )

describe('the authorization diff', () => {
  test('names role, field, and the rule before and after', () => {
    expect(changes(supergraph(needs('user:read')), supergraph(signedIn))).toEqual([
      'role guest gains User.email (user:read → signedIn)',
    ])
    expect(changes(supergraph(signedIn), supergraph(needs('run:cancel')))).toEqual([
      'roles viewer, guest lose User.email (signedIn → run:cancel)',
    ])
  })

  test('sees what becomes open to everybody first', () => {
    expect(changes(supergraph(needs('user:read')), supergraph(anyone))).toEqual([
      'roles anonymous, guest gain User.email (user:read → anyone)',
    ])
  })

  test.each([
    [
      needs('user:read'),
      orOwn('user:read'),
      ['role guest gains User.email of some rows (user:read → user:read or own)'],
    ],
    [orOwn('user:read'), signedIn, ['role guest gains User.email of every row (user:read or own → signedIn)']],
    [signedIn, orOwn('user:read'), ['role guest loses User.email but of some rows (signedIn → user:read or own)']],
    [
      orOwn('user:read'),
      needs('user:read'),
      ['role guest loses User.email of some rows too (user:read or own → user:read)'],
    ],
  ])('tells own rows from every row: %#', (before, after, expected) => {
    expect(changes(supergraph(before), supergraph(after))).toEqual(expected)
  })

  test('tells a role’s scopes and the fields that come or go with them', () => {
    const same = supergraph(needs('user:read'))
    expect(changes(same, same, { ...roles, operator: ['user:read'], guest: ['ops:read'] })).toEqual([
      'role operator loses the scope run:cancel',
      'role operator loses Mutation.cancel (run:cancel)',
      'role guest gains the scope ops:read',
    ])
  })

  test('joins new fields of one rule, and all of a type', () => {
    const before = supergraph(needs('user:read'))
    const after = before.replace(
      /type User[\s\S]*/,
      (rest) => `type Note @join__type(graph: A) ${needs('user:read')} { text: String by: String }\n${rest}`,
    )
    expect(changes(before, after)).toEqual(['roles viewer, operator gain Note.* (new: user:read)'])
    expect(changes(after, before)).toEqual(['roles viewer, operator lose Note.* (gone: user:read)'])
    expect(changes(before, supergraph(needs('user:read'), `phone: Int ${signedIn} fax: Int ${signedIn}`))).toEqual([
      'roles viewer, operator, guest gain User.phone, User.fax (new: signedIn)',
    ])
  })

  test('tells of a changed rule that no system role notices: roles that organizations made may', () => {
    const [before, after] = ['user:read', 'user:see'].map((scope) => supergraph(needs(scope)))
    const both = JSON.stringify({ viewer: ['user:read', 'user:see'] })
    expect(
      authorizationDiff({ supergraph: before ?? '', roles: both }, { supergraph: after ?? '', roles: both }),
    ).toEqual(['the rule of User.email changes, for no system role (user:read → user:see)'])
  })

  test('is empty when nothing changed, and none when a side states no rules', () => {
    const same = supergraph(needs('user:read'))
    expect(changes(same, same)).toEqual([])
    const silent = composed([
      {
        name: 'a',
        url: 'http://a.example.com',
        typeDefs: 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9") type Query { id: ID }',
      },
    ])
    expect(changes(silent, same)).toBeNull()
  })
})
