import type { ToySubgraphParts } from '../../tests/kit/toy-subgraph.ts'

/** Four subgraphs of a shop, over which one operation is small, one joins twenty entities, and one needs 16 fetches. */
const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])`

const text = (length: number, seed: number) =>
  Array.from({ length: Math.ceil(length / 8) }, (_, i) =>
    ((seed * 7919 + i * 104_729) % 1e8).toString(36).padEnd(8, 'x'),
  )
    .join(' ')
    .slice(0, length)
const numbered = <T>(count: number, make: (i: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, i) => make(i))
const number = ({ id }: { readonly id: string }) => Number(id.slice(1))

const products = numbered(60, (i) => ({
  id: `p${i}`,
  name: `Product ${i}`,
  description: text(180, i),
  price: i * 1.5,
  seller: { id: `s${i % 12}` },
}))

const catalogue: ToySubgraphParts = {
  name: 'catalogue',
  typeDefs: `${link}
    type Query { product(id: ID!): Product products(first: Int!, skip: Int): [Product!] }
    type Product @key(fields: "id") { id: ID! name: String! description: String! price: Float! seller: Seller }
    type Seller @key(fields: "id", resolvable: false) { id: ID! }`,
  resolvers: {
    Query: {
      product: (_: unknown, { id }: { id: string }) => products.find((product) => product.id === id) ?? null,
      products: (_: unknown, { first, skip = 0 }: { first: number; skip?: number }) =>
        products.slice(skip, skip + first),
    },
    Product: { __resolveReference: (ref: { id: string }) => products[number(ref)] ?? null },
  },
}

const sellers: ToySubgraphParts = {
  name: 'sellers',
  typeDefs: `${link}
    type Query { sellers: [Seller!] }
    type Seller @key(fields: "id") { id: ID! name: String! city: String! about: String! }`,
  resolvers: {
    Seller: {
      __resolveReference: (ref: { id: string }) => ({
        id: ref.id,
        name: `Seller ${ref.id}`,
        city: 'Bergen',
        about: text(60, number(ref)),
      }),
    },
  },
}

const reviews: ToySubgraphParts = {
  name: 'reviews',
  typeDefs: `${link}
    type Query { review(id: ID!): Review }
    type Review @key(fields: "id") { id: ID! stars: Int! text: String! author: Person }
    type Person @key(fields: "id", resolvable: false) { id: ID! }
    type Product @key(fields: "id") { id: ID! reviews: [Review!] }`,
  resolvers: {
    Product: {
      reviews: (ref: { id: string }) =>
        numbered(4, (i) => ({
          id: `r${number(ref)}-${i}`,
          stars: (i % 5) + 1,
          text: text(150, number(ref) + i),
          author: { id: `u${(number(ref) + i) % 25}` },
        })),
    },
  },
}

const people: ToySubgraphParts = {
  name: 'people',
  typeDefs: `${link}
    type Query { person(id: ID!): Person }
    type Person @key(fields: "id") { id: ID! name: String! email: String! }
    type Product @key(fields: "id") { id: ID! watchers: [Person!] stock: Int! }`,
  resolvers: {
    Person: {
      __resolveReference: ({ id }: { id: string }) => ({ id, name: `Person ${id}`, email: `${id}@example.com` }),
    },
    Product: {
      watchers: (ref: { id: string }) =>
        numbered(2, (i) => ({
          id: `u${(number(ref) + i) % 25}`,
          name: `Person u${(number(ref) + i) % 25}`,
          email: 'w@example.com',
        })),
      stock: (ref: { id: string }) => number(ref) * 3,
    },
  },
}

export const shop: readonly ToySubgraphParts[] = [catalogue, sellers, reviews, people]

const wide =
  '{ id name description price seller { name city about } reviews { id stars text author { name email } } watchers { name email } stock }'

export const operations = {
  small: '{ product(id: "p1") { name } }',
  twoHop: '{ products(first: 20) { name seller { name } } }',
  big: `{ a: products(first: 20) ${wide} b: products(first: 20, skip: 20) ${wide} c: products(first: 20, skip: 40) ${wide}
    d: products(first: 5, skip: 55) { name seller { city } reviews { stars author { name } } } }`,
} as const
export type OperationName = keyof typeof operations
