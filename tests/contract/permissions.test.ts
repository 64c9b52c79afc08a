import 'reflect-metadata'
import { type GraphQLSchema, isNonNullType, isObjectType } from 'graphql'
import { beforeAll, describe, expect, test } from 'vitest'
import { anonymousCaller, type Caller, systemCaller, systemOrganizationId } from '#platform/caller/caller'
import { scopes } from '#platform/caller/scopes'
import { federate } from '#platform/graphql/federate'
import { ruleFor } from '#platform/graphql/guard'
import { type Rule, signedIn } from '#platform/graphql/rules'
import { newId } from '#platform/id'
import { subgraphs } from '../../scripts/subgraphs.ts'
import { systemRoles } from '../../subgraphs/identity/role/system-roles.ts'
import { memberCaller } from '../kit/organizations.ts'
import { answeredBy, askField, entriesOf, isRoot, type Place, placesOf } from '../kit/schema-walk.ts'

/** The fields that answer somebody who is not signed in. */
const openToAnybody = ['Mutation.acceptInvitation', 'Mutation.login', 'Mutation.refreshSession']
const roots = ['Query', 'Mutation', 'Subscription']

/** Everybody whose rights make a difference: agents' tokens may carry any one scope alone. */
const anyCallers: readonly Caller[] = [
  anonymousCaller(null),
  systemCaller(systemOrganizationId),
  ...[[], ...scopes.map((scope) => [scope])].map((few) => ({ ...memberCaller(newId(), []), scopes: few })),
]
const members = Object.keys(systemRoles).map((role) => memberCaller(systemOrganizationId, [role]))

/**
 * Whether one of the callers passes `outer` and then not `inner`; a row of `outer` may let in any user. Where both look
 * at rows, only the tests of their slice can tell.
 */
const isStricter = (inner: Rule, outer: Rule, callers: readonly Caller[]): boolean =>
  (inner.row === undefined || outer.row === undefined) &&
  callers.some(
    (caller) => (outer.allows(caller) || (outer.row !== undefined && caller.kind === 'user')) && !inner.allows(caller),
  )

describe.each(subgraphs)('the permissions of $name', (subgraph) => {
  let schema: GraphQLSchema
  let places: Place[]
  beforeAll(async () => {
    schema = (await federate(subgraph)).schema
    places = placesOf(schema)
  })
  const ruleOf = ({ type, field }: Place) => ruleFor(subgraph.permissions, type.name, field.name)

  test('name every field', () => {
    expect(places.filter((place) => ruleOf(place) === undefined).map((place) => place.name)).toEqual([])
  })

  test('name nothing that is not there', () => {
    const idle = Object.entries(subgraph.permissions).flatMap(([type, rules]) => {
      const fields = places.filter((place) => place.type.name === type).map((place) => place.field.name)
      const unnamed = fields.filter((field) => rules[field] === undefined)
      const isThere = (field: string) => (field === '*' ? unnamed.length > 0 : fields.includes(field))
      return Object.keys(rules).flatMap((field) => (isThere(field) ? [] : [`${type}.${field}`]))
    })
    expect(idle).toEqual([])
  })

  test('name queries and mutations one by one', () => {
    expect(roots.filter((type) => subgraph.permissions[type]?.['*'] !== undefined)).toEqual([])
  })

  test('refuse a field within a type without taking the rest of the type away', () => {
    const wrong = places
      .filter((place) => !isRoot(place) && isNonNullType(place.field.type))
      .flatMap((place) => {
        const entries = entriesOf(schema, place.type).map((entry) => ({
          name: entry.name,
          rule: ruleOf(entry),
          // Who may change a thing may read the answer: so it is in every role, if not in every set of scopes.
          callers: entry.type.name === 'Mutation' ? members : anyCallers,
        }))
        // What no field here leads to is reached from another subgraph, by somebody signed in.
        const all = entries.length > 0 ? entries : [{ name: 'another subgraph', rule: signedIn, callers: anyCallers }]
        const inner = ruleOf(place)
        return all
          .filter(({ rule, callers }) => inner !== undefined && rule !== undefined && isStricter(inner, rule, callers))
          .map((entry) => `${place.name} must be nullable: ${entry.name} lets in who may not have it`)
      })
    expect(wrong).toEqual([])
  })

  test('let nobody in who is not signed in, but to sign in', async () => {
    const open: string[] = []
    for (const place of places.filter(isRoot))
      if ((await askField(place, anonymousCaller('203.0.113.9'))) !== 'UNAUTHENTICATED') open.push(place.name)
    expect(open.sort()).toEqual(openToAnybody.filter((name) => places.some((place) => place.name === name)))
  })

  test('are all there is: without them an owner has no field at all', async () => {
    const bare = await federate({ ...subgraph, permissions: {} })
    const owner = memberCaller(systemOrganizationId, ['owner'])
    for (const place of placesOf(bare.schema)) expect(await askField(place, owner), place.name).toBe('FORBIDDEN')
  })
})

test('a field that crosses to another subgraph is nullable: a dead one costs its own fields only', async () => {
  const schemas = await Promise.all(
    subgraphs.map(async (subgraph) => ({ name: subgraph.name, schema: (await federate(subgraph)).schema })),
  )
  // A type is at home where most of it is; elsewhere it is a stub.
  const sizeOf = (schema: GraphQLSchema, name: string) => {
    const type = schema.getType(name)
    return isObjectType(type) ? Object.keys(type.getFields()).length : 0
  }
  const homeOf = (type: string) =>
    schemas.toSorted((a, b) => sizeOf(b.schema, type) - sizeOf(a.schema, type))[0]?.schema
  const crossing = schemas.flatMap(({ name, schema }) =>
    placesOf(schema)
      .filter((place) =>
        answeredBy(schema, place).some((type) => type.name !== 'PageInfo' && homeOf(type.name) !== schema),
      )
      .map((place) => ({ name: `${name}: ${place.name}`, nullable: !isNonNullType(place.field.type) })),
  )
  expect(crossing.map((place) => place.name)).toContain('audit: AuditEvent.actor')
  expect(crossing.filter((place) => !place.nullable)).toEqual([])
})

test('every scope that a rule asks for is one that a token can carry', () => {
  const asked = subgraphs.flatMap(({ permissions }) =>
    Object.values(permissions).flatMap((rules) =>
      Object.values(rules).flatMap(({ necessary }) => (necessary.kind === 'scopes' ? necessary.anyOf : [])),
    ),
  )
  expect([...new Set(asked)].filter((scope) => !(scopes as readonly string[]).includes(scope))).toEqual([])
})
