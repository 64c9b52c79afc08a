import 'reflect-metadata'
import { existsSync } from 'node:fs'
import { type GraphQLSchema, isNonNullType, isObjectType } from 'graphql'
import { describe, expect, test } from 'vitest'
import { anonymousCaller, type Caller, systemCaller, systemOrganizationId } from '#platform/caller/caller'
import { scopes } from '#platform/caller/scopes'
import { federate } from '#platform/graphql/federate'
import { ruleFor } from '#platform/graphql/guard'
import { type Rule, signedIn } from '#platform/graphql/rules'
import { newId } from '#platform/id'
import { subgraphs } from '../../scripts/subgraphs.ts'
import { systemRoles } from '../../subgraphs/identity/role/system-roles.ts'
import { memberCaller } from '../kit/organizations.ts'
import { answeredBy, askField, entriesOf, isRoot, type Place, placesOf, roots } from '../kit/schema-walk.ts'

/** The fields that answer somebody who is not signed in; those about factors want the token of a sign-in then. */
const openToAnybody = [
  'Mutation.acceptInvitation',
  'Mutation.bootstrapOwner',
  'Mutation.completeLogin',
  'Mutation.confirmTotp',
  'Mutation.enrollTotp',
  'Mutation.finishPasskeyRegistration',
  'Mutation.login',
  'Mutation.refreshSession',
  'Mutation.requestPasswordReset',
  'Mutation.resetPassword',
  'Mutation.startPasskeyLogin',
  'Mutation.startPasskeyRegistration',
]

/** Fields of the roots that give nobody a row that its fields' rules refuse, by a condition of their statement. */
const narrowedInSql: Readonly<Record<string, string>> = {
  'Query.run': 'subgraphs/agents/run/own-runs.it.test.ts',
  'Query.runs': 'subgraphs/agents/run/own-runs.it.test.ts',
  'Schedule.lastRun': 'subgraphs/agents/schedule/schedule.it.test.ts',
  'Subscription.runEvents': 'subgraphs/agents/run/run-events.it.test.ts',
}

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

const federated = await Promise.all(
  subgraphs.map(async (subgraph) => {
    const { schema } = await federate(subgraph)
    return { name: subgraph.name, subgraph, schema, places: placesOf(schema) }
  }),
)

/** A type is at home in the subgraph that has most of it; in the others it is a stub, which they may extend. */
function isStub(schema: GraphQLSchema, type: string): boolean {
  const size = (each: GraphQLSchema) => {
    const found = each.getType(type)
    return isObjectType(found) ? Object.keys(found.getFields()).length : 0
  }
  return !roots.includes(type) && type !== 'PageInfo' && federated.some((other) => size(other.schema) > size(schema))
}

describe.each(federated)('the permissions of $name', ({ subgraph, schema, places }) => {
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
        // Somebody signed in comes to a stub from its home, whose fields a refusal here must not take along.
        if (isStub(schema, place.type.name)) entries.push({ name: 'home', rule: signedIn, callers: anyCallers })
        const inner = ruleOf(place)
        const narrowed = inner?.row === undefined ? [] : Object.keys(narrowedInSql)
        return entries
          .filter(({ name }) => !narrowed.includes(name))
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

test('no rule of a query or mutation looks at rows: there is none yet, and lists are narrowed in SQL', () => {
  const looking = federated.flatMap(({ subgraph, places }) =>
    places.filter((place) => isRoot(place) && ruleFor(subgraph.permissions, place.type.name, place.field.name)?.row),
  )
  expect(looking.map(({ name }) => name)).toEqual([])
  expect(Object.values(narrowedInSql).filter((file) => !existsSync(file))).toEqual([])
})

test('a field that crosses to another subgraph is nullable: a dead one costs its own fields only', () => {
  const crossing = federated.flatMap(({ name, schema, places }) =>
    places
      .filter((place) => answeredBy(schema, place).some((type) => isStub(schema, type.name)))
      .map((place) => ({ name: `${name}: ${place.name}`, nullable: !isNonNullType(place.field.type) })),
  )
  expect(crossing.map((place) => place.name)).toContain('audit: AuditEvent.actor')
  expect(crossing.filter((place) => !place.nullable)).toEqual([])
})

test('a stub asks for no right that its field does not need at home: in the composed schema both would bind', () => {
  const rulesAt = (name: string, stub: boolean) =>
    federated
      .filter(({ schema, places }) =>
        places.some((place) => place.name === name && isStub(schema, place.type.name) === stub),
      )
      .flatMap(({ subgraph }) => {
        const [type = '', field = ''] = name.split('.')
        return ruleFor(subgraph.permissions, type, field) ?? []
      })
  const names = new Set(federated.flatMap(({ places }) => places.map((place) => place.name)))
  const stricter = [...names].filter((name) =>
    rulesAt(name, true).some((stub) => rulesAt(name, false).some((home) => isStricter(stub, home, anyCallers))),
  )
  expect(stricter).toEqual([])
})

test('every scope that a rule asks for is one that a token can carry', () => {
  const asked = subgraphs.flatMap(({ permissions }) =>
    Object.values(permissions).flatMap((rules) =>
      Object.values(rules).flatMap(({ necessary }) => (necessary.kind === 'scopes' ? necessary.anyOf : [])),
    ),
  )
  expect([...new Set(asked)].filter((scope) => !(scopes as readonly string[]).includes(scope))).toEqual([])
})
