import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openToySubgraph, type ToySubgraph, type ToySubgraphParts } from './toy-subgraph.ts'
import { composed, type SupergraphFiles, writeSupergraph } from './toy-supergraph.ts'

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@key", "@external", "@requires", "@authenticated", "@requiresScopes"])`

const people = [
  { id: 'p1', name: 'Ada', salary: 900, badge: 'B-1', mood: 'GLAD', boss: null, account: { iban: 'I-1' } },
  { id: 'p2', name: 'Ben', salary: 500, badge: 'B-2', mood: 'CROSS', boss: { id: 'p1' }, account: { iban: 'I-2' } },
]
const personOf = ({ id }: { id: string }) => people.find((person) => person.id === id) ?? null
const desk = { __typename: 'Desk', id: 't1', label: 'desk', worth: 10, drawer: 'left' }
const safe = { __typename: 'Safe', id: 't2', label: 'safe', worth: 1_000, code: '4711' }
const note = { __typename: 'Note', text: 'burn this' }

/** Salary is for pay:read, or for hr and admin together. */
const paid = '@requiresScopes(scopes: [["pay:read"], ["hr", "admin"]])'

const staff: ToySubgraphParts = {
  name: 'staff',
  typeDefs: `${link}
    type Query {
      open: String
      people: [Person!]
      person(id: ID!): Person
      me: Person @authenticated
      ledger: String! @requiresScopes(scopes: [["ledger"]])
      things: [Thing]
      finds: [Find]
      note: Note
    }
    type Mutation {
      greet(name: String): String
      hire(name: String): Person @requiresScopes(scopes: [["hr"]])
      fire(id: ID!): Person @requiresScopes(scopes: [["hr"]])
    }
    type Person @key(fields: "id") {
      id: ID!
      name: String!
      boss: Person
      team: [Person!]!
      room(floor: Int): String @authenticated
      salary: Int ${paid}
      badge: String! @requiresScopes(scopes: [["badge"]])
      mood: Mood
      account: Account
    }
    type Account @key(fields: "iban") { iban: ID! @requiresScopes(scopes: [["bank"]]) }
    interface Thing { id: ID! label: String worth: Int }
    type Desk implements Thing { id: ID! label: String worth: Int drawer: String }
    type Safe implements Thing {
      id: ID!
      label: String
      worth: Int @requiresScopes(scopes: [["safe"]])
      code: String @requiresScopes(scopes: [["safe"]])
    }
    union Find = Desk | Note
    type Note @requiresScopes(scopes: [["notes"]]) { text: String }
    enum Mood @requiresScopes(scopes: [["mood"]]) { GLAD CROSS }`,
  resolvers: {
    Query: {
      open: () => 'yes',
      people: () => people,
      person: (_: unknown, reference: { id: string }) => personOf(reference),
      me: () => people[0],
      ledger: () => 'all of it',
      things: () => [desk, safe],
      finds: () => [desk, note, null],
      note: () => note,
    },
    Mutation: {
      greet: (_: unknown, { name }: { name: string }) => `hello ${name}`,
      hire: () => people[1],
      fire: () => people[1],
    },
    Person: {
      __resolveReference: personOf,
      boss: ({ boss }: (typeof people)[number]) => (boss === null ? null : personOf(boss)),
      team: ({ id }: { id: string }) => people.filter(({ boss }) => boss?.id === id),
      room: (_: unknown, { floor }: { floor?: number }) => `room ${floor ?? 0}`,
    },
  },
}

const pay: ToySubgraphParts = {
  name: 'pay',
  typeDefs: `${link}
    type Person @key(fields: "id") {
      id: ID!
      salary: Int @external
      bonus: Int @requires(fields: "salary") ${paid}
      slips: [Slip!] @requiresScopes(scopes: [["pay:read"]])
      desk: String
    }
    type Slip { month: String sum: Int }
    type Account @key(fields: "iban") { iban: ID! balance: Int }`,
  resolvers: {
    Person: {
      bonus: ({ salary }: { salary: number }) => salary / 10,
      slips: ({ id }: { id: string }) => [{ month: 'May', sum: id === 'p1' ? 900 : 500 }],
      desk: ({ id }: { id: string }) => `desk of ${id}`,
    },
    Account: { balance: ({ iban }: { iban: string }) => (iban === 'I-1' ? 7 : 3) },
  },
}

export interface ToyOffice extends SupergraphFiles {
  readonly staff: ToySubgraph
  readonly pay: ToySubgraph
  readonly keys: Readonly<Record<string, string>>
  /** The text of everything that the subgraphs were asked since the last time. */
  asked(): string
  close(): Promise<void>
}

/** Two subgraphs whose schemas state rights, and which answer whatever they are asked: only a gateway keeps them. */
export async function openToyOffice(): Promise<ToyOffice> {
  const keys = { staff: randomBytes(32), pay: randomBytes(32) }
  const open = { staff: await openToySubgraph(staff, keys.staff), pay: await openToySubgraph(pay, keys.pay) }
  const sdl = composed([
    { name: 'staff', url: open.staff.url, typeDefs: staff.typeDefs },
    { name: 'pay', url: open.pay.url, typeDefs: pay.typeDefs },
  ])
  const folder = await mkdtemp(join(tmpdir(), 'toy-office-'))
  return {
    ...open,
    ...(await writeSupergraph(folder, sdl)),
    keys: { staff: keys.staff.toString('base64'), pay: keys.pay.toString('base64') },
    asked: () => [...open.staff.requests.splice(0), ...open.pay.requests.splice(0)].map(({ body }) => body).join('\n'),
    close: async () => {
      await Promise.all([open.staff.close(), open.pay.close()])
      await rm(folder, { recursive: true })
    },
  }
}
