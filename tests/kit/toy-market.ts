import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { graphql, parse } from 'graphql'
import type { Caller } from '#platform/caller/caller'
import { openToySubgraph, type ToySubgraph, type ToySubgraphParts } from './toy-subgraph.ts'
import { composed } from './toy-supergraph.ts'

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@key", "@authenticated", "@requiresScopes"])`

interface Market {
  readonly names: Map<string, string>
  /** What each subgraph says of keeping its answers. */
  readonly cacheControl: { wares: string; prices: string }
  readonly wares: ToySubgraph
  readonly prices: ToySubgraph
  readonly path: string
  readonly keys: Readonly<Record<string, string>>
  /** How many requests the subgraphs have seen. */
  asked(): number
  close(): Promise<void>
}

type Seen = { caller?: Caller }

const actorOf = (caller: Caller | undefined) => (caller?.agentId == null ? 'person' : 'agent')

const waresOf = (names: Map<string, string>, costRule: string): ToySubgraphParts => ({
  name: 'wares',
  typeDefs: `${link}
    type Query { wares: [Ware!] ware(id: ID!): Ware rights: String self: String broken: String }
    type Mutation { rename(id: ID!, name: String!): Ware }
    type Ware @key(fields: "id") { id: ID! name: String cost: Int ${costRule} }`,
  resolvers: {
    Query: {
      wares: () => [...names].map(([id, name]) => ({ id, name, cost: 7 })),
      ware: (_: unknown, { id }: { id: string }) => ({ id, name: names.get(id), cost: 7 }),
      rights: (_: unknown, __: unknown, { caller }: Seen) =>
        [caller?.organizationId, caller?.scopes.toSorted(), caller?.roles.toSorted(), actorOf(caller)].join(' '),
      self: (_: unknown, __: unknown, { caller }: Seen) => `${caller?.userId} of ${caller?.organizationId}`,
      broken: () => {
        throw new Error('broken')
      },
    },
    Mutation: {
      rename: (_: unknown, { id, name }: { id: string; name: string }) => {
        names.set(id, name)
        return { id, name, cost: 7 }
      },
    },
    Ware: { __resolveReference: ({ id }: { id: string }) => ({ id, name: names.get(id), cost: 7 }) },
  },
})

const prices: ToySubgraphParts = {
  name: 'prices',
  typeDefs: `${link}
    type Query { cheapest: Ware }
    type Ware @key(fields: "id") { id: ID! price: String }`,
  resolvers: {
    Query: { cheapest: () => ({ id: 'w1' }) },
    Ware: {
      __resolveReference: ({ id }: { id: string }) => ({ id }),
      price: ({ id }: { id: string }) => {
        if (id === 'w9') throw new Error('no price')
        return `${id} for 5`
      },
    },
  },
}

/**
 * Two subgraphs, of wares and of their prices, whose answers may be kept as they are told to say.
 *
 * @param ruled whether what a ware costs is for `cost:read` only
 */
export async function openToyMarket({ ruled = true } = {}): Promise<Market> {
  const names = new Map([
    ['w1', 'Anvil'],
    ['w2', 'Bell'],
    ['w3', 'Cup'],
  ])
  const wares = waresOf(names, ruled ? '@requiresScopes(scopes: [["cost:read"]])' : '')
  const [waresKey, pricesKey] = [randomBytes(32), randomBytes(32)]
  const open = { wares: await openToySubgraph(wares, waresKey), prices: await openToySubgraph(prices, pricesKey) }
  const cacheControl = { wares: '', prices: '' }
  for (const parts of [wares, prices]) {
    const modules = [{ typeDefs: parse(parts.typeDefs), resolvers: parts.resolvers }]
    const schema = buildSubgraphSchema(modules as Parameters<typeof buildSubgraphSchema>[0])
    const name = parts.name as 'wares' | 'prices'
    open[name].answer = async (reply, { query, variables, caller }) => {
      const result = await graphql({ schema, source: query, variableValues: variables, contextValue: { caller } })
      const header = cacheControl[name] === '' ? {} : { 'cache-control': cacheControl[name] }
      reply.writeHead(200, { 'content-type': 'application/json', ...header }).end(JSON.stringify(result))
    }
  }
  const folder = await mkdtemp(join(tmpdir(), 'toy-market-'))
  const path = join(folder, 'supergraph.graphql')
  const sdl = [wares, prices].map((parts) => ({ ...parts, url: open[parts.name as 'wares' | 'prices'].url }))
  await writeFile(path, composed(sdl))
  return {
    ...open,
    names,
    cacheControl,
    path,
    keys: { wares: waresKey.toString('base64'), prices: pricesKey.toString('base64') },
    asked: () => open.wares.requests.length + open.prices.requests.length,
    close: async () => {
      await Promise.all([open.wares.close(), open.prices.close()])
      await rm(folder, { recursive: true })
    },
  }
}
