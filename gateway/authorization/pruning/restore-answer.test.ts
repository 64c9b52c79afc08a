import {
  buildSchema,
  type DocumentNode,
  execute,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  getNamedType,
  isAbstractType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
  type ResponsePath,
  validate,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import type { AccessRule } from '#platform/access/access-rules'
import { isDenied } from '#platform/access/denied-field'
import { rightsOver } from '#platform/access/rights'
import { anonymousCaller, type Caller } from '#platform/caller/caller'
import { randomFrom, randomQuery } from '../../../tests/kit/random-operations.ts'
import type { Variables } from './conditions.ts'
import { denialsWith } from './denials.ts'
import { pruneOperation } from './prune-operation.ts'
import { restoreAnswer } from './restore-answer.ts'

const queries = 600

const schema = buildSchema(`
  type Query { a: A! b: B list: [A!]! loose: [A] both: [Both] some: Some grid: [[A!]]! shape: Shape! closed: Closed }
  type A implements Some { id: ID name: String secret: String hidden: String! b: B! as: [A!] some: Some! tone: Tone }
  type B implements Some & Shape { id: ID size: Int secret: String a: A boths: [Both!]! hidden: String! }
  type C implements Shape { size: Int text: String secret: String }
  type Closed { text: String b: B! }
  union Both = A | C | Closed
  interface Some { id: ID secret: String }
  interface Shape { size: Int }
  enum Tone { LOW HIGH }
`)
const scoped = (scope: string): AccessRule => ({ authenticated: false, scopes: [[scope]], policies: null })
// What an interface names is open or closed alike on its types: for one object, then, execution and pruning agree.
const rightsOf = rightsOver(
  new Map([
    ['A.secret', scoped('s1')],
    ['B.secret', scoped('s1')],
    ['C.secret', scoped('s2')],
    ['A.hidden', scoped('s3')],
    ['B.hidden', scoped('s3')],
    ['B.a', scoped('s4')],
    ['Query.loose', scoped('s4')],
    ['Closed', scoped('s5')],
    ['Tone', scoped('s6')],
    ['A.some', scoped('s7')],
  ]),
)

const pathOf = (path: ResponsePath | undefined): readonly (string | number)[] =>
  path === undefined ? [] : [...pathOf(path.prev), path.key]
const textOf = (path: readonly (string | number)[]) => path.filter((key) => typeof key === 'string').join('.')

/** A number below 1 that the same place always has. */
function fate(place: string): number {
  let hash = 7
  for (const character of place) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) | 0
  return randomFrom(hash)()
}

function answerOf(type: GraphQLOutputType, place: string): unknown {
  if (isNonNullType(type)) return present(type.ofType, place)
  return fate(`${place}?`) < 0.15 ? null : present(type, place)
}
function present(type: GraphQLOutputType, place: string): unknown {
  if (isListType(type))
    return Array.from({ length: Math.floor(fate(place) * 3) }, (_, i) => answerOf(type.ofType, `${place}/${i}`))
  const named = getNamedType(type)
  const possible = isAbstractType(named) ? schema.getPossibleTypes(named) : []
  if (possible.length > 0) return { __typename: possible[Math.floor(fate(place) * possible.length)]?.name }
  if (isObjectType(named)) return { __typename: named.name }
  if (named.name === 'Tone') return 'LOW'
  return named.name === 'Int' ? Math.floor(fate(place) * 100) : place.slice(-12)
}

type Resolver = GraphQLFieldResolver<unknown, unknown>

/** Answers every field by its place; a denied one is an error, so that graphql-js itself says what must come of it. */
const answering = (caller: Caller, onDenied: (place: string) => void): Resolver => {
  const rights = rightsOf(caller)
  return (_parent, _args, _ctx, { parentType, fieldName, path, returnType }) => {
    const place = pathOf(path)
    const field = parentType.getFields()[fieldName]
    if (field !== undefined && isDenied(schema, rights, parentType, [parentType], field)) {
      onDenied(textOf(place))
      throw new Error('denied')
    }
    return answerOf(returnType, place.join('/'))
  }
}

const run = async (document: DocumentNode, variableValues: Variables, fieldResolver: Resolver) =>
  execute({ schema, document, variableValues, fieldResolver })

describe('the answer to a pruned operation', () => {
  it(`is, for ${queries} random ones, to the letter what the whole one would have been answered, denied fields being errors`, async () => {
    const random = randomFrom(3)
    const tried = { denied: 0, narrowed: 0, nulled: 0 }
    for (let i = 0; i < queries; i += 1) {
      const query = randomQuery(schema, random)
      const document = parse(query)
      if (validate(schema, document).length > 0) continue
      const operation = document.definitions.find(
        (d): d is OperationDefinitionNode => d.kind === Kind.OPERATION_DEFINITION,
      )
      const scopes = ['s1', 's2', 's3', 's4', 's5', 's6', 's7'].filter(() => random() < 0.6)
      const caller: Caller = { ...anonymousCaller(null), kind: 'user', userId: 'u', scopes }
      const pruned = operation && pruneOperation(schema, document, operation, rightsOf(caller))
      const variables = { yes: random() < 0.5, ...(random() < 0.5 ? {} : { no: random() < 0.5 }) }

      const reached = new Set<string>()
      const whole = await run(
        document,
        variables,
        answering(caller, (place) => reached.add(place)),
      )
      if (pruned == null) {
        expect([...reached], query).toEqual([])
        continue
      }
      const fetched: string[] = []
      const { effective } = pruned
      const left =
        effective &&
        (await run(
          effective.document,
          variables,
          answering(caller, (place) => fetched.push(place)),
        ))
      expect(left?.errors, `${query}\n${scopes}`).toBeUndefined()
      expect(fetched, query).toEqual([])
      const restored = restoreAnswer((left?.data ?? {}) as Record<string, unknown>, pruned, variables)
      expect(JSON.stringify(restored), `${query}\n${scopes} ${JSON.stringify(variables)}`).toBe(
        JSON.stringify(whole.data),
      )
      const named = denialsWith(pruned, variables).map(({ path }) => path.join('.'))
      expect(named, query).toEqual(expect.arrayContaining([...reached]))

      tried.denied += 1
      if (JSON.stringify(effective).includes(pruned.typeKey)) tried.narrowed += 1
      if (whole.data === null) tried.nulled += 1
    }
    for (const [what, times] of Object.entries(tried)) expect(times, what).toBeGreaterThan(20)
  })
})
