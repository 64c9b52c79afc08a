import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { composeServices } from '@apollo/composition'
import { parse, print } from 'graphql'
import { splitAccessRules } from '#platform/access/access-rules'
import { openToySubgraph, type ToySubgraph, type ToySubgraphParts } from './toy-subgraph.ts'

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@key", "@authenticated", "@requiresScopes"])`

const books = [
  { id: 'b1', title: 'Rivers', author: { id: 'a1' } },
  { id: 'b2', title: 'Tides', author: { id: 'a2' } },
  { id: 'b3', title: 'Wells', author: { id: 'a1' } },
]
const authors = new Map([
  ['a1', { id: 'a1', name: 'Ada', email: 'ada@example.com' }],
  ['a2', { id: 'a2', name: 'Ben', email: 'ben@example.com' }],
])

const library: ToySubgraphParts = {
  name: 'library',
  typeDefs: `${link}
    type Query { books: [Book!] book(id: ID!): Book shelf: String! }
    type Mutation { addBook(title: String!): Book renameBook(id: ID!, title: String!): Book }
    type Book @key(fields: "id") { id: ID! title: String! author: Author }
    type Author @key(fields: "id") { id: ID! books: [Book!] }`,
  resolvers: {
    Query: {
      books: () => books,
      book: (_: unknown, { id }: { id: string }) => books.find((book) => book.id === id) ?? null,
      shelf: () => 'north',
    },
    Mutation: {
      addBook: (_: unknown, { title }: { title: string }) => ({ id: 'b9', title, author: { id: 'a2' } }),
      renameBook: (_: unknown, { id, title }: { id: string; title: string }) => ({ id, title, author: { id: 'a1' } }),
    },
    Author: { books: ({ id }: { id: string }) => books.filter((book) => book.author.id === id) },
  },
}

const people: ToySubgraphParts = {
  name: 'people',
  typeDefs: `${link}
    type Query { authors: [Author!] }
    type Mutation { greet(id: ID!): String }
    type Author @key(fields: "id") {
      id: ID!
      name: String
      """Stated as needed, answered as missing by no author."""
      birthplace: String!
      email: String @requiresScopes(scopes: [["people:read"]])
      notes: String @authenticated
    }`,
  resolvers: {
    Query: { authors: () => [...authors.values()] },
    Mutation: { greet: (_: unknown, { id }: { id: string }) => `hello ${id}` },
    Author: { __resolveReference: ({ id }: { id: string }) => (authors.has(id) ? { ...authors.get(id) } : null) },
  },
}

/** A composed supergraph on disk. */
export interface SupergraphFiles {
  /** Without its access rules: what AUTH=off serves. */
  readonly path: string
  /** What stands there. */
  readonly sdl: string
  /** With them. */
  readonly guardedPath: string
}

export interface ToySupergraph extends SupergraphFiles {
  readonly library: ToySubgraph
  readonly people: ToySubgraph
  /** Base64 request keys by subgraph name. */
  readonly keys: Readonly<Record<string, string>>
  close(): Promise<void>
}

/**
 * Two subgraphs on free ports (`library`: books; `people`: authors, whom books refer to) and the supergraph composed of
 * them in a folder of its own.
 *
 * @param signed whether they answer signed requests only, as ours do
 */
export async function openToySupergraph({ signed = true } = {}): Promise<ToySupergraph> {
  const keyFor = () => randomBytes(32)
  const keys = { library: keyFor(), people: keyFor() }
  const open = {
    library: await openToySubgraph(library, signed ? keys.library : undefined),
    people: await openToySubgraph(people, signed ? keys.people : undefined),
  }
  const sdl = composed([
    { name: 'library', url: open.library.url, typeDefs: library.typeDefs },
    { name: 'people', url: open.people.url, typeDefs: people.typeDefs },
  ])
  const folder = await mkdtemp(join(tmpdir(), 'toy-supergraph-'))
  return {
    ...open,
    ...(await writeSupergraph(folder, sdl)),
    keys: { library: keys.library.toString('base64'), people: keys.people.toString('base64') },
    close: async () => {
      await Promise.all([open.library.close(), open.people.close()])
      await rm(folder, { recursive: true })
    },
  }
}

/** Writes a composed supergraph into a folder, with its access rules and without. */
export async function writeSupergraph(folder: string, guarded: string): Promise<SupergraphFiles> {
  const [path, guardedPath] = [join(folder, 'supergraph.graphql'), join(folder, 'guarded-supergraph.graphql')]
  const sdl = print(splitAccessRules(parse(guarded)).document)
  await Promise.all([writeFile(path, sdl), writeFile(guardedPath, guarded)])
  return { path, sdl, guardedPath }
}

/** Composes subgraphs given as SDL; throws with composition's own words. */
export function composed(parts: readonly { name: string; url: string; typeDefs: string }[]): string {
  const result = composeServices(parts.map((part) => ({ ...part, typeDefs: parse(part.typeDefs) })))
  if (result.supergraphSdl === undefined) throw new Error(result.errors?.map((error) => error.message).join('\n'))
  return result.supergraphSdl
}
