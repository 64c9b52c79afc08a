import 'reflect-metadata'
import { readFileSync } from 'node:fs'
import { buildASTSchema, buildSchema, type GraphQLSchema, Kind, parse, printSchema, validate, visit } from 'graphql'
import { expect, test } from 'vitest'
import type { AccessRule } from '#platform/access/access-rules'
import { decisionsFor, type Outcome } from '#platform/access/decide-field'
import { isDenied } from '#platform/access/denied-field'
import { rightsOver } from '#platform/access/rights'
import { type Rulebook, readRulebook } from '#platform/access/rulebook'
import { anonymousCaller, type Caller, systemOrganizationId } from '#platform/caller/caller'
import { scopes } from '#platform/caller/scopes'
import { federate } from '#platform/graphql/federate'
import { ruleFor } from '#platform/graphql/guard'
import type { Rule } from '#platform/graphql/rules'
import { newId } from '#platform/id'
import { permitBy } from '../../gateway/authorization/pruning/prune-before-planning.ts'
import { pruneOperation } from '../../gateway/authorization/pruning/prune-operation.ts'
import type { EdgeContext } from '../../gateway/execution/request-context.ts'
import { subgraphs } from '../../scripts/subgraphs.ts'
import { AccessDecision, AccessVerdict } from '../../subgraphs/identity/access/access.graphql.ts'
import { explainOperation } from '../../subgraphs/identity/access/explain-operation.ts'
import { readOperation } from '../../subgraphs/identity/access/read-operation.ts'
import { systemRoles } from '../../subgraphs/identity/role/system-roles.ts'
import { operationOn, rootFields } from '../kit/operations.ts'
import { memberCaller } from '../kit/organizations.ts'
import { randomFrom, randomQuery } from '../kit/random-operations.ts'
import { placesOf } from '../kit/schema-walk.ts'

const randomQueries = 250
const rulebook = readRulebook(readFileSync('gateway/supergraph.graphql', 'utf8'))
const places = placesOf(rulebook.schema)
const random = randomFrom(20_261_121)

const withScopes = (some: readonly string[]): Caller => ({ ...memberCaller(newId(), []), scopes: some })
const randomCaller = () => withScopes(scopes.filter(() => random() < 0.5))
const members = Object.keys(systemRoles).flatMap((role) => [
  memberCaller(newId(), [role]),
  memberCaller(systemOrganizationId, [role]),
])
const callers: readonly Caller[] = [
  anonymousCaller(null),
  ...members.map((member) => ({ ...member, sessionId: null, apiKeyId: newId(), authTime: null })),
  ...members.map((member) => ({ ...member, agentId: newId(), runId: newId(), authTime: null })),
  ...members,
  ...[[], ...scopes.map((scope) => [scope])].map(withScopes),
  ...Array.from({ length: 50 }, randomCaller),
]

/** The rules of a field in each subgraph that can answer it. */
const rulesAt = new Map<string, Rule[]>()
for (const subgraph of subgraphs) {
  const { schema } = await federate(subgraph)
  for (const { name, type, field } of placesOf(schema)) {
    const rule = ruleFor(subgraph.permissions, type.name, field.name)
    if (rule !== undefined) rulesAt.set(name, [...(rulesAt.get(name) ?? []), rule])
  }
}

function byTheMaps(name: string, caller: Caller): Outcome {
  const failed = (rulesAt.get(name) ?? []).filter((rule) => !rule.allows(caller))
  if (failed.some((rule) => !rule.row?.(caller))) return 'DENIED'
  return failed.length === 0 ? 'ALLOWED' : 'DEPENDS_ON_ROW'
}

test('every field of the supergraph states the rules that guard it, by their names', () => {
  expect(places.length).toBeGreaterThan(100)
  const statedAt = (type: string, field: string) =>
    [type, `${type}.${field}`].flatMap((at) => rulebook.stated.get(at) ?? []).map(({ name }) => name)
  for (const { name, type, field } of places)
    expect(new Set(statedAt(type.name, field.name)), name).toEqual(
      new Set((rulesAt.get(name) ?? []).map((rule) => rule.name)),
    )
})

test('each field is decided as the gateway prunes it and the permission maps guard it, in every role', () => {
  const rightsOf = rightsOver(rulebook.necessary)
  const seen = new Set<Outcome>()
  for (const caller of callers) {
    const [decide, rights] = [decisionsFor(rulebook, caller), rightsOf(caller)]
    for (const { name, type, field } of places) {
      const decision = decide({ parent: type, possible: [type], field })
      const pruned = isDenied(rulebook.schema, rights, type, [type], field)
      expect(decision.outcome, `${name} for ${caller.scopes}`).toBe(pruned ? 'DENIED' : byTheMaps(name, caller))
      expect(decision.atGateway, name).toBe(pruned)
      seen.add(decision.outcome)
    }
  }
  expect(seen.size).toBe(3)
})

test('whoever gets the scopes that are said to be missing is allowed the field, and not with one less', () => {
  let found = 0
  for (const caller of callers.filter(({ kind }) => kind === 'user')) {
    const decide = decisionsFor(rulebook, caller)
    const outcomeWith = (some: readonly string[], place: (typeof places)[number]) =>
      decisionsFor(rulebook, { ...caller, scopes: [...caller.scopes, ...some] })({
        parent: place.type,
        possible: [place.type],
        field: place.field,
      }).outcome
    for (const place of places) {
      const { outcome, missing } = decide({ parent: place.type, possible: [place.type], field: place.field })
      if (missing.length === 0) {
        if (caller.authTime !== null) expect(outcome, `${place.name} for ${caller.scopes}`).not.toBe('DENIED')
        continue
      }
      found += 1
      expect(outcomeWith(missing, place), place.name).toBe('ALLOWED')
      for (const left of missing)
        expect(
          outcomeWith(
            missing.filter((scope) => scope !== left),
            place,
          ),
          place.name,
        ).toBe(outcome)
    }
  }
  expect(found).toBeGreaterThan(100)
})

/** Without arguments, so that operations can be made up. */
const argless = (schema: GraphQLSchema): GraphQLSchema =>
  buildASTSchema(visit(parse(printSchema(schema)), { FieldDefinition: (node) => ({ ...node, arguments: [] }) }))

const toySchema = buildSchema(`
  type Query { a: A! list: [A!]! both: [Both] some: Some shape: Shape! closed: Closed }
  type A implements Some { id: ID secret: String b: B! some: Some! tone: Tone }
  type B implements Some & Shape { id: ID size: Int secret: String a: A boths: [Both!]! }
  type C implements Shape { size: Int secret: String }
  type Closed { text: String b: B! }
  union Both = A | C | Closed
  interface Some { id: ID secret: String }
  interface Shape { size: Int }
  enum Tone { LOW HIGH }`)
const toyScopes = ['s1', 's2', 's3', 's4', 's5', 's6']
const toyPlaces = [
  'A.secret',
  'B.secret',
  'C.size',
  'B.a',
  'Closed',
  'Tone',
  'A.some',
  'Some',
  'Shape.size',
  'Query.list',
]
const toyRulebook = (): Rulebook => ({
  schema: toySchema,
  stated: new Map(),
  necessary: new Map(
    toyPlaces
      .filter(() => random() < 0.7)
      .map((at): [string, AccessRule] => {
        const scope = toyScopes[Math.floor(random() * toyScopes.length)] ?? ''
        return [at, { authenticated: false, scopes: [[scope]], policies: null }]
      }),
  ),
})

test.each([
  ['our supergraph', () => ({ ...rulebook, schema: argless(rulebook.schema) }), randomCaller],
  ['interfaces and unions', toyRulebook, () => withScopes(toyScopes.filter(() => random() < 0.6))],
])(
  `of ${randomQueries} random operations over %s, what is denied is what the gateway takes out`,
  (_what, open, who) => {
    let [denied, valid] = [0, 0]
    const first = open()
    for (let i = 0; i < randomQueries; i += 1) {
      const book = first.stated.size > 0 ? first : open()
      const query = randomQuery(book.schema, random)
      if (validate(book.schema, parse(query)).length > 0) continue
      valid += 1
      const caller = who()
      const operation = readOperation(book.schema, query, null)
      const { fields } = explainOperation(book, operation, caller)
      const document = parse(query)
      const pruned = pruneOperation(book.schema, document, operation.definition, rightsOver(book.necessary)(caller))
      const all = fields.filter(({ decision }) => decision === AccessDecision.DENIED)
      const paths = new Set(all.map(({ path }) => path.join('.')))
      // The gateway names a denied field alone, and not what it took along below.
      const tops = all.filter(({ path }) => !paths.has(path.slice(0, -1).join('.')))
      const named = (found: readonly { coordinate: string; path: readonly string[] }[]) =>
        [...new Set(found.map(({ coordinate, path }) => `${coordinate} ${path.join('.')}`))].sort()
      const outermost = (found: readonly { coordinate: string; path: readonly string[] }[]) =>
        found.filter(({ path }) => !paths.has(path.slice(0, -1).join('.')))
      expect(named(tops), query).toEqual(named(outermost(pruned?.denials ?? [])))
      denied += tops.length
    }
    expect(valid).toBeGreaterThan(randomQueries / 4)
    expect(denied).toBeGreaterThan(100)
  },
)

test('a mutation or a subscription is said to be refused exactly when the gateway does not execute it', () => {
  const mutations = rootFields(rulebook.schema).filter(({ root }) => root !== 'Query')
  const verdicts = new Set<AccessVerdict>()
  for (const caller of members)
    for (const mutation of mutations) {
      const source = operationOn(rulebook.schema, mutation, 1)
      const { definition } = readOperation(rulebook.schema, source, null)
      const permitted = permitBy(rulebook.necessary, rulebook.schema, () => {})(
        {
          kind: definition.operation,
          name: definition.name?.value ?? null,
          definition,
          document: { kind: Kind.DOCUMENT, definitions: [definition] },
          hash: source,
          text: source,
          variables: {},
          coerced: {},
          registered: null,
          extensions: {},
        },
        { caller } as EdgeContext,
      )
      const { verdict } = explainOperation(rulebook, readOperation(rulebook.schema, source, null), caller)
      expect(verdict === AccessVerdict.REFUSED, `${mutation.name} for ${caller.roles}`).toBe('refused' in permitted)
      verdicts.add(verdict)
    }
  expect(verdicts).toContain(AccessVerdict.REFUSED)
  expect(verdicts).toContain(AccessVerdict.ALLOWED)
})
