import { buildSubgraphSchema } from '@apollo/subgraph'
import { parse } from 'graphql'
import { describe, expect, test } from 'vitest'
import { anonymousCaller, type Caller } from '../caller/caller.ts'
import { ConflictError } from '../errors/common-errors.ts'
import { createLogger } from '../log/logger.ts'
import type { Ctx } from './context.ts'
import { EventPage } from './event-page.ts'
import { guard } from './guard.ts'
import { hasScope, orRow, type PermissionMap, signedIn } from './rules.ts'
import { Subscriptions } from './subscriptions.ts'

const typeDefs = parse(`
  type Query { open: String }
  type Subscription { books(broken: Int): Book!  unlisted: Book!  audit: Book! }
  type Book { seq: Int!  title: String  note: String  secret: String }
`)
const ofOwn = orRow(hasScope('book:audit'), 'own book', (book, { userId }) => (book as Book).owner === userId)
const permissions: PermissionMap = {
  Subscription: { books: signedIn, audit: hasScope('book:audit') },
  Book: { seq: signedIn, title: signedIn, note: ofOwn, secret: hasScope('book:audit') },
}

interface Book {
  readonly seq: number
  readonly owner: string
}
const books: readonly Book[] = [1, 2, 3, 4].map((seq) => ({ seq, owner: seq % 2 === 0 ? 'ann' : 'bob' }))

/** A guarded schema of subscriptions that notes what ran and what was refused. */
function open() {
  const ran: string[] = []
  const refused: unknown[] = []
  const source = (name: string) => ({
    subscribe: () => {
      ran.push(name)
      return new EventPage({ subject: 'books', from: 0, to: 4, more: false, ended: true, events: books })
    },
    resolve: (book: Book, { broken }: { broken?: number }) => {
      ran.push(`${name} ${book.seq}`)
      if (broken === book.seq) throw new ConflictError('Somebody was faster.')
      return book
    },
  })
  const resolvers = {
    Subscription: { books: source('books'), unlisted: source('unlisted'), audit: source('audit') },
    Book: { title: async () => 'title', note: () => 'note', secret: () => 'secret' },
  }
  const schema = guard(buildSubgraphSchema([{ typeDefs, resolvers: resolvers as never }]), permissions)
  const log = createLogger({ service: 'test', version: '0', environment: 'test', level: 'silent' })
  const subscriptions = new Subscriptions(schema, {
    refused: ({ coordinate, code }, times = 1) => void refused.push([coordinate, code, times]),
  })
  const follow = async (caller: Caller, query: string, variables = {}) => {
    const ctx = { caller, requestId: 'r', traceparent: '', log, loaders: new Map() } as unknown as Ctx
    const opened = await subscriptions.open({ query, variables }, ctx)
    if ('errors' in opened) return { errors: opened.errors as { extensions: { code: string } }[], told: [] }
    const told = []
    for await (const { result } of opened.answers()) told.push(result as { data: object; errors?: object[] })
    return { told }
  }
  return { follow, ran, refused }
}

const user = (userId: string, ...scopes: string[]): Caller => ({
  ...anonymousCaller(null),
  kind: 'user',
  userId,
  scopes,
})

describe('the source of a subscription', () => {
  test.each([
    ['that no rule names', 'unlisted', user('ann', 'book:audit'), 'FORBIDDEN'],
    ['whose rule refuses a user', 'audit', user('ann'), 'FORBIDDEN'],
    ['whose rule refuses somebody who is not signed in', 'books', anonymousCaller(null), 'UNAUTHENTICATED'],
  ] as const)('%s does not run, and the refusal is told once', async (_which, field, caller, code) => {
    const { follow, ran, refused } = open()
    const { errors, told } = await follow(caller, `subscription { ${field} { seq } }`)
    expect(errors).toMatchObject([{ path: [field], extensions: { code } }])
    expect(told).toEqual([])
    expect(ran).toEqual([])
    expect(refused).toEqual([[`Subscription.${field}`, code, 1]])
  })

  test.each([
    ['is no GraphQL', 'subscription {', {}],
    ['is not valid', 'subscription { nothing }', {}],
    ['asks twice', 'subscription { books { seq } audit { seq } }', {}],
    ['is a query', '{ open }', {}],
    ['has a variable that does not fit', 'subscription ($n: Int) { books(broken: $n) { seq } }', { n: 'x' }],
  ])('does not run for what %s', async (_what, query, variables) => {
    const { follow, ran, refused } = open()
    expect((await follow(user('ann', 'book:audit'), query, variables)).errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT' } },
    ])
    expect([ran, refused]).toEqual([[], []])
  })
})

describe('the events of a subscription', () => {
  test('are guarded field by field and row by row, and what is refused is told together', async () => {
    const { follow, refused } = open()
    const { told } = await follow(user('ann'), 'subscription { books { seq title note secret } }')
    expect(told.map(({ data }) => data)).toEqual(
      books.map(({ seq, owner }) => ({
        books: { seq, title: 'title', note: owner === 'ann' ? 'note' : null, secret: null },
      })),
    )
    expect(told[0]?.errors).toMatchObject([
      { path: ['books', 'note'], extensions: { code: 'FORBIDDEN' } },
      { path: ['books', 'secret'], extensions: { code: 'FORBIDDEN' } },
    ])
    expect(refused).toEqual([
      ['Book.note', 'FORBIDDEN', 2],
      ['Book.secret', 'FORBIDDEN', 4],
    ])
  })

  test('fail one by one', async () => {
    const { follow } = open()
    const { told } = await follow(user('ann'), 'subscription { books(broken: 2) { seq } }')
    expect(told.map(({ data, errors }) => [data, errors?.length ?? 0])).toEqual([
      [{ books: { seq: 1 } }, 0],
      [null, 1],
      [{ books: { seq: 3 } }, 0],
      [{ books: { seq: 4 } }, 0],
    ])
    expect(told[1]?.errors).toMatchObject([{ message: 'Somebody was faster.', extensions: { code: 'CONFLICT' } }])
  })
})

test('a rule about rows at a subscription is refused at the start', () => {
  const schema = buildSubgraphSchema([{ typeDefs, resolvers: {} }])
  expect(() => guard(schema, { ...permissions, Subscription: { books: ofOwn } })).toThrow('Subscription.books')
})
