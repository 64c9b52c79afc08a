import { buildSubgraphSchema } from '@apollo/subgraph'
import { type ExecutionResult, execute, type GraphQLError, type GraphQLObjectType, parse } from 'graphql'
import { describe, expect, test } from 'vitest'
import { anonymousCaller, type Caller, systemCaller, systemOrganizationId } from '../caller/caller.ts'
import { ConflictError } from '../errors/common-errors.ts'
import { guard } from './guard.ts'
import { anyone, hasScope, orRow, type PermissionMap, type Rule, signedIn } from './rules.ts'

const typeDefs = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Query { open: String  members: String  books: [Book!]  unlisted: String  broken: String }
  type Mutation { burn: String }
  type Book @key(fields: "id") { id: ID!  title: String  price: Int  margin: Int  note: String  unlisted: String }
`)

const permissions: PermissionMap = {
  Query: { open: anyone, members: signedIn, books: anyone, broken: anyone },
  Mutation: { burn: hasScope('book:burn') },
  Book: {
    id: anyone,
    title: anyone,
    price: signedIn,
    margin: hasScope('book:audit'),
    note: orRow(hasScope('book:audit'), 'own book', (book, caller) => (book as Book).owner === caller.userId),
  },
}

interface Book {
  readonly id: string
  readonly owner: string
}
const books: readonly Book[] = Array.from({ length: 40 }, (_, i) => ({
  id: `${i}`,
  owner: i % 2 === 0 ? 'ann' : 'bob',
}))

/** A guarded schema that counts which of its resolvers ran. */
function open(map: PermissionMap = permissions) {
  const ran: string[] = []
  const say = (name: string) => () => {
    ran.push(name)
    return name
  }
  const later = (name: string) => async () => {
    ran.push(name)
    await new Promise(setImmediate)
    return name
  }
  const resolvers = {
    Query: {
      open: say('open'),
      members: later('members'),
      books: () => books,
      unlisted: say('unlisted'),
      broken: () => {
        throw new ConflictError('Somebody was faster.')
      },
    },
    Mutation: { burn: say('burn') },
    Book: {
      __resolveReference: ({ id }: { id: string }) => ({ ...books.find((book) => book.id === id) }),
      title: later('title'),
      price: () => 7,
      margin: () => 3,
      note: later('note'),
      unlisted: say('Book.unlisted'),
    },
  }
  const schema = guard(buildSubgraphSchema([{ typeDefs, resolvers: resolvers as never }]), map)
  const ask = async (caller: Caller, query: string, variables: Record<string, unknown> = {}) =>
    (await execute({
      schema,
      document: parse(query),
      contextValue: { caller },
      variableValues: variables,
    })) as ExecutionResult<Record<string, unknown>>
  return { schema, ask, ran }
}

const user = (userId: string, ...scopes: string[]): Caller => ({
  ...anonymousCaller(null),
  kind: 'user',
  userId,
  scopes,
})
const anonymous = anonymousCaller(null)
const auditor = user('eve', 'book:audit')

const codes = (answer: ExecutionResult) => [
  ...new Set(answer.errors?.map((error: GraphQLError) => (error.originalError as { code?: string } | undefined)?.code)),
]

describe('a field', () => {
  test('that no rule names is refused to everybody, and its resolver does not run', async () => {
    const { ask, ran } = open()
    for (const caller of [user('ann', 'book:audit', 'book:burn'), anonymous]) {
      const answer = await ask(caller, '{ unlisted again: unlisted ...F } fragment F on Query { books { unlisted } }')
      expect(answer.data).toMatchObject({ unlisted: null, again: null })
      expect(codes(answer)).toEqual([caller.kind === 'user' ? 'FORBIDDEN' : 'UNAUTHENTICATED'])
      expect(answer.errors).toHaveLength(2 + books.length)
    }
    expect(ran).toEqual([])
  })

  test('is refused by its own rule, and the rest of the answer stays', async () => {
    const { ask } = open()
    const answer = await ask(user('nobody'), '{ open members books { id price margin note } }')
    expect(answer.data).toMatchObject({ open: 'open', members: 'members' })
    expect(answer.data?.books).toEqual(books.map(({ id }) => ({ id, price: 7, margin: null, note: null })))
    expect(answer.errors?.map((error) => error.path?.at(-1))).toEqual(books.flatMap(() => ['margin', 'note']))
  })

  test('is guarded as well when the gateway reaches it as an entity', async () => {
    const { ask } = open()
    const entities = (caller: Caller) =>
      ask(
        caller,
        'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Book { id title price margin note unlisted } } }',
        { of: ['0', '1'].map((id) => ({ __typename: 'Book', id })) },
      )
    const ofAnn = await entities(user('ann'))
    expect(ofAnn.data?._entities).toEqual([
      { id: '0', title: 'title', price: 7, margin: null, note: 'note', unlisted: null },
      { id: '1', title: 'title', price: 7, margin: null, note: null, unlisted: null },
    ])
    expect(codes(ofAnn)).toEqual(['FORBIDDEN'])
    const ofNobody = await entities(anonymous)
    expect(ofNobody.data?._entities).toMatchObject([
      { title: 'title', price: null, margin: null, note: null },
      { id: '1' },
    ])
    expect(codes(ofNobody)).toEqual(['UNAUTHENTICATED'])
  })

  test('of a mutation that is refused changes nothing', async () => {
    const { ask, ran } = open()
    expect(codes(await ask(auditor, 'mutation { burn }'))).toEqual(['FORBIDDEN'])
    expect(ran).toEqual([])
    expect((await ask(user('ann', 'book:burn'), 'mutation { burn }')).data).toEqual({ burn: 'burn' })
  })

  test('that fails by itself keeps its own error', async () => {
    expect(codes(await open().ask(anonymous, '{ broken }'))).toEqual(['CONFLICT'])
  })
})

test('the protocol of federation is open, and its schema is what the gateway composes', async () => {
  const answer = await open().ask(anonymous, '{ _service { sdl } }')
  expect(answer.data?._service).toEqual({ sdl: expect.stringContaining('type Book') })
})

test('scopes count for users and agents only: the platform itself has no field', async () => {
  const platform = { ...systemCaller(systemOrganizationId), scopes: ['book:audit'] }
  const answer = await open().ask(platform, '{ members books { margin note } }')
  expect(answer.data).toMatchObject({ members: null })
  expect(answer.data?.books).toEqual(books.map(() => ({ margin: null, note: null })))
  expect(codes(answer)).toEqual(['FORBIDDEN'])
})

test('a rule about rows decides row by row, within one answer and whoever asked before', async () => {
  const { ask } = open()
  const notes = async (caller: Caller) => {
    const answer = await ask(caller, '{ books { note } }')
    return (answer.data?.books as { note: string | null }[] | undefined)?.map(({ note }) => note !== null)
  }
  const [ann, bob] = [books.map((book) => book.owner === 'ann'), books.map((book) => book.owner === 'bob')]
  expect(await notes(user('ann'))).toEqual(ann)
  expect(await notes(user('bob'))).toEqual(bob)
  expect(await notes(auditor)).toEqual(books.map(() => true))
  expect(await notes(user('ann'))).toEqual(ann)
  expect(await notes(anonymous)).toEqual(books.map(() => false))
})

test.each([
  ['the one who may first', [auditor, user('nobody'), anonymous, auditor]],
  ['the one who may not first', [anonymous, user('nobody'), auditor, user('nobody')]],
])('the short way past shield decides as shield does, on one schema: %s', async (_order, callers) => {
  const { ask } = open()
  const query = '{ open members books { id price margin } }'
  const expected = (caller: Caller) => ({
    open: 'open',
    members: signedIn.allows(caller) ? 'members' : null,
    books: books.map(({ id }) => ({
      id,
      price: signedIn.allows(caller) ? 7 : null,
      margin: hasScope('book:audit').allows(caller) ? 3 : null,
    })),
  })
  // One after another, and then all at once: a decision belongs to its request.
  for (const caller of callers) expect((await ask(caller, query)).data).toEqual(expected(caller))
  const together = await Promise.all([...callers, ...callers].map((caller) => ask(caller, query)))
  expect(together.map((answer) => answer.data)).toEqual([...callers, ...callers].map(expected))
})

test('once decided for a request, a field about the caller alone answers without a promise', async () => {
  const { schema } = open()
  const price = schema.getType('Book') as GraphQLObjectType
  const resolve = price.getFields().price?.resolve as (...args: unknown[]) => unknown
  const ctx = { caller: user('ann') }
  expect(resolve({}, {}, ctx, {})).toBeInstanceOf(Promise)
  await resolve({}, {}, ctx, {})
  expect(resolve({}, {}, ctx, {})).toBe(7)
  expect(resolve({}, {}, { caller: anonymous }, {})).toBeInstanceOf(Promise)
})

test('two rules stay two, also if somebody named them alike', async () => {
  const alike = (allows: boolean): Rule => ({ ...signedIn, name: 'alike', allows: () => allows })
  const { ask } = open({
    ...permissions,
    Book: {
      id: alike(true),
      price: alike(false),
      note: orRow(hasScope('book:audit'), 'own book', () => false),
      title: orRow(hasScope('book:audit'), 'own book', () => true),
    },
  })
  const answer = await ask(user('ann'), '{ books { id price note title } }')
  expect(answer.data?.books).toEqual(books.map(({ id }) => ({ id, price: null, note: null, title: 'title' })))
})

test('a rule about rows at a root is refused at the start: there is no row, and a list is narrowed in SQL', () => {
  const rule = orRow(hasScope('book:audit'), 'own book', () => true)
  expect(() => open({ ...permissions, Query: { ...permissions.Query, books: rule } })).toThrow('Query.books')
  expect(() => open({ ...permissions, Mutation: { burn: rule } })).toThrow('Mutation.burn')
})
