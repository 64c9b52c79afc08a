import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { execute, type GraphQLSchema, parse } from 'graphql'
import { answerTruly, json, openToySubgraph, type ToyRequest, type ToySubgraph } from './toy-subgraph.ts'
import { composed, type SupergraphFiles, writeSupergraph } from './toy-supergraph.ts'

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requiresScopes"])`

const pressTypes = `${link}
  type Query { press: String }
  type Mutation { write(text: String!): Note }
  type Subscription {
    """Answered in pages, after whose last event one asks again."""
    notes(afterSeq: Int): Note!
    """Answered by a stream that stays open."""
    ticks: Tick!
    secretNotes: Note! @requiresScopes(scopes: [["notes:read"]])
  }
  type Note { seq: Int! text: String! secret: String @requiresScopes(scopes: [["notes:read"]]) author: Author }
  type Tick { n: Int! author: Author }
  type Author @key(fields: "id") { id: ID! }`

const peopleTypes = `${link}
  type Query { authors: [Author!] }
  type Author @key(fields: "id") { id: ID! name: String }`

const authors = new Map([
  ['a1', { id: 'a1', name: 'Ada' }],
  ['a2', { id: 'a2', name: 'Ben' }],
])

interface Note {
  readonly seq: number
  readonly text: string
  readonly author: { readonly id: string }
}

/** A supergraph of two signed subgraphs: `press`, which tells what is written, and `people`, who wrote it. */
export interface ToyLive extends SupergraphFiles {
  readonly keys: Readonly<Record<string, string>>
  readonly press: ToySubgraph
  readonly people: ToySubgraph
  /** The questions for events, in the order of their arrival. */
  readonly asked: ToyRequest[]
  /** How many streams that stay open are open now. */
  readonly streams: () => number
  /** How many notes one page has, at most. */
  pageMax: number
  /** Answered in place of events, while set. */
  refusal: { readonly message: string; readonly extensions: object } | undefined
  /** Appends a note. @returns its number */
  write(text: string): number
  /** Tells the next tick to whoever listens. */
  tick(): void
  /** Ends the open streams, with a `complete` or as a crash does. */
  endStreams(how: 'complete' | 'crash'): void
  close(): Promise<void>
}

export async function openToyLive(): Promise<ToyLive> {
  const keys = { press: randomBytes(32), people: randomBytes(32) }
  const notes: Note[] = []
  const open = new Map<ServerResponse, ToyRequest>()
  const resolvers = { Mutation: { write: (_: unknown, { text }: { text: string }) => notes[live.write(text) - 1] } }
  const schema = buildSubgraphSchema([{ typeDefs: parse(pressTypes), resolvers }])
  const press = await openToySubgraph({ name: 'press', typeDefs: pressTypes, resolvers: {} }, keys.press)
  const resolveReference = ({ id }: { id: string }) => authors.get(id) ?? null
  const people = await openToySubgraph(
    {
      name: 'people',
      typeDefs: peopleTypes,
      resolvers: { Query: { authors: () => [...authors.values()] }, Author: { __resolveReference: resolveReference } },
    },
    keys.people,
  )
  press.answer = async (reply, request) => {
    if (!String(request.headers.accept).includes('text/event-stream')) return answerTruly(schema)(reply, request)
    live.asked.push(request)
    if (live.refusal !== undefined) return json(reply, 200, { errors: [live.refusal] })
    if (!request.query.includes('ticks')) return tellNotes(reply, request)
    reply.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n')
    open.set(reply, request)
    reply.once('close', () => open.delete(reply))
  }
  const tellNotes = async (reply: ServerResponse, request: ToyRequest) => {
    const { extensions } = JSON.parse(request.body) as { extensions?: { lastEventId?: string } }
    const from = Number(extensions?.lastEventId ?? Object.values(request.variables)[0] ?? notes.length)
    const rest = notes.slice(from)
    const page = rest.slice(0, live.pageMax)
    reply.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'forgeops-topic': `${request.caller?.organizationId}/notes`,
      ...(rest.length > page.length ? { 'forgeops-more': 'true' } : {}),
    })
    reply.write(`id: ${from}\n\n`)
    for (const note of page) reply.write(`id: ${note.seq}\n${await next(schema, request, note)}`)
    reply.end('event: complete\ndata:\n\n')
  }
  let ticks = 0
  const folder = await mkdtemp(join(tmpdir(), 'toy-live-'))
  const sdl = composed([
    { name: 'press', url: press.url, typeDefs: pressTypes },
    { name: 'people', url: people.url, typeDefs: peopleTypes },
  ])
  const live: ToyLive = {
    ...(await writeSupergraph(folder, sdl)),
    keys: { press: keys.press.toString('base64'), people: keys.people.toString('base64') },
    press,
    people,
    asked: [],
    streams: () => open.size,
    pageMax: 100,
    refusal: undefined,
    write: (text) => notes.push({ seq: notes.length + 1, text, author: { id: notes.length % 2 === 0 ? 'a1' : 'a2' } }),
    tick: () => {
      ticks += 1
      const tick = { n: ticks, author: { id: 'a1' } }
      for (const [reply, request] of open) void next(schema, request, tick).then((text) => reply.write(text))
    },
    endStreams: (how) => {
      for (const reply of open.keys()) {
        if (how === 'complete') reply.end('event: complete\ndata:\n\n')
        else reply.destroy()
      }
    },
    close: async () => {
      await Promise.all([press.close(), people.close()])
      await rm(folder, { recursive: true })
    },
  }
  return live
}

async function next(schema: GraphQLSchema, { query, variables }: ToyRequest, event: object): Promise<string> {
  const rootValue = { notes: event, secretNotes: event, ticks: event }
  const result = await execute({ schema, document: parse(query), variableValues: variables, rootValue })
  return `event: next\ndata: ${JSON.stringify(result)}\n\n`
}
