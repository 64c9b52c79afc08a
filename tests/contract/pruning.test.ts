import 'reflect-metadata'
import { readFileSync } from 'node:fs'
import { type GraphQLField, type GraphQLObjectType, getNamedType, isEnumType, isObjectType } from 'graphql'
import { expect, test } from 'vitest'
import { isDenied } from '#platform/access/denied-field'
import { rightsOver } from '#platform/access/rights'
import { anonymousCaller, type Caller, systemCaller, systemOrganizationId } from '#platform/caller/caller'
import { scopes } from '#platform/caller/scopes'
import { federate } from '#platform/graphql/federate'
import { ruleFor } from '#platform/graphql/guard'
import type { Rule } from '#platform/graphql/rules'
import { newId } from '#platform/id'
import { parseSupergraph } from '../../gateway/supergraph/read-supergraph.ts'
import { subgraphs } from '../../scripts/subgraphs.ts'
import { systemRoles } from '../../subgraphs/identity/role/system-roles.ts'
import { clientSchema } from '../kit/operations.ts'
import { memberCaller } from '../kit/organizations.ts'
import { randomFrom } from '../kit/random-operations.ts'
import { placesOf } from '../kit/schema-walk.ts'

const schema = clientSchema()
const rightsOf = rightsOver(parseSupergraph(readFileSync('gateway/supergraph.graphql', 'utf8'), new Map()).rules)
const places = placesOf(schema)
const randomCallers = 300

/** The rules of a field in each subgraph that can answer it; undefined where none was ever written. */
const rulesAt = new Map<string, (Rule | undefined)[]>()
for (const subgraph of subgraphs) {
  const { schema: own } = await federate(subgraph)
  for (const { name, type, field } of placesOf(own)) {
    const rules = rulesAt.get(name) ?? []
    rulesAt.set(name, [...rules, ruleFor(subgraph.permissions, type.name, field.name)])
  }
}

const random = randomFrom(20_261_121)
const withScopes = (some: readonly string[]): Caller => ({ ...memberCaller(newId(), []), scopes: some })
const callers: readonly Caller[] = [
  anonymousCaller('203.0.113.9'),
  // Nobody, and yet in words somebody: only who is signed in has rights.
  { ...anonymousCaller(null), scopes },
  systemCaller(systemOrganizationId),
  ...Object.keys(systemRoles).flatMap((role) => [
    memberCaller(newId(), [role]),
    memberCaller(systemOrganizationId, [role]),
    { ...memberCaller(newId(), [role]), agentId: newId(), runId: newId() },
  ]),
  ...[[], scopes, ...scopes.map((scope) => [scope])].map(withScopes),
  ...scopes.map((left) => withScopes(scopes.filter((scope) => scope !== left))),
  ...Array.from({ length: randomCallers }, () => {
    const share = random()
    return withScopes(scopes.filter(() => random() < share))
  }),
]

const enumValues = Object.values(schema.getTypeMap())
  .filter(isEnumType)
  .flatMap((type) => type.getValues().map(({ name }) => name))

/** Rows of which a rule could like one: every field of theirs is what the caller is, or what can be chosen. */
const rowsFor = (caller: Caller): readonly unknown[] =>
  [caller.userId, caller.organizationId, caller.agentId, caller.sessionId, ...enumValues, true, null].map(
    (value) => new Proxy({}, { get: () => value, has: () => true }),
  )

function opens(rule: Rule | undefined, caller: Caller): boolean {
  const isOpen = rule?.row?.(caller)
  return rule !== undefined && (rule.allows(caller) || (isOpen ? rowsFor(caller).some(isOpen) : false))
}
const someOpens = (name: string, caller: Caller) => (rulesAt.get(name) ?? []).some((rule) => opens(rule, caller))
const isClosed = (type: unknown, caller: Caller): boolean =>
  isObjectType(type) && Object.keys(type.getFields()).every((field) => !someOpens(`${type.name}.${field}`, caller))

const prunes = (type: GraphQLObjectType, field: GraphQLField<unknown, unknown>, caller: Caller) =>
  isDenied(schema, rightsOf(caller), type, [type], field)
const nameOf = ({ kind, roles, scopes: held }: Caller) => `${kind} ${roles.join()} [${held.join(' ')}]`

test('every field of the supergraph has its rule in some subgraph', () => {
  expect(places.length).toBeGreaterThan(100)
  expect(places.filter(({ name }) => !rulesAt.has(name)).map(({ name }) => name)).toEqual([])
})

test('the gateway takes no field away that a subgraph would answer, of whatever row', () => {
  const wrong = callers.flatMap((caller) =>
    places
      .filter(({ type, field }) => prunes(type, field, caller))
      // An object of which nothing may be seen is as good as not there, unless asking for it changes something.
      .filter(({ type, field }) => type.name === 'Mutation' || !isClosed(getNamedType(field.type), caller))
      .filter(({ name }) => someOpens(name, caller))
      .map(({ name }) => `${name} for ${nameOf(caller)}`),
  )
  expect(wrong).toEqual([])
})

test('the gateway asks for no field that every subgraph would refuse, whatever the row', () => {
  const wrong = callers.flatMap((caller) =>
    places
      .filter(({ name, type, field }) => !someOpens(name, caller) && !prunes(type, field, caller))
      .map(({ name }) => `${name} for ${nameOf(caller)}`),
  )
  expect(wrong).toEqual([])
})

test('there is no interface: on one, the gateway would deny a field as soon as one of its types does', () => {
  const interfaces = Object.values(schema.getTypeMap()).filter(
    (type) => type.astNode?.kind === 'InterfaceTypeDefinition',
  )
  expect(interfaces.map(({ name }) => name)).toEqual([])
})
