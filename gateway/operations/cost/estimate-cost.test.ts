import { getIntrospectionQuery } from 'graphql'
import { describe, expect, it } from 'vitest'
import { costedSupergraph, costsOver, operationIn } from '../../../tests/kit/costs.ts'
import { composed } from '../../../tests/kit/toy-supergraph.ts'

const shop = costedSupergraph(`
  type Query {
    shop: Shop
    shops: [Shop!]
    five: [Shop!] @listSize(assumedSize: 5, requireOneSlicingArgument: false)
    some(count: Int = 7): [Shop!] @listSize(slicingArguments: ["count"])
    page(first: Int, last: Int): Page @listSize(slicingArguments: ["first", "last"], sizedFields: ["edges"], assumedSize: 20, requireOneSlicingArgument: false)
    exact(first: Int, last: Int): [Shop!] @listSize(slicingArguments: ["first", "last"])
    plain(first: Int): Page
    thing: Thing
    things: [Thing!] @listSize(assumedSize: 10, requireOneSlicingArgument: false)
    find(by: ByInput, name: String @cost(weight: 3)): Shop
    heavy: Int @cost(weight: 30)
    names: [String!] @listSize(assumedSize: 1000, requireOneSlicingArgument: false)
  }
  type Mutation { open(name: String): Shop close: Boolean wreck: Boolean @cost(weight: 40) }
  input ByInput { name: String city: ByCity also: [ByCity!] }
  input ByCity { zip: String @cost(weight: 5) }
  type Page { edges: [Edge!]! total: Int }
  type Edge { node: Shop! }
  interface Thing { name: String owner: Owner }
  type Shop implements Thing { name: String owner: Owner address: Address shops(first: Int): Page @listSize(slicingArguments: ["first"], sizedFields: ["edges"], assumedSize: 20, requireOneSlicingArgument: false) mood: Mood }
  type Palace implements Thing @cost(weight: 9) { name: String owner: Owner rooms: [Room!] @listSize(assumedSize: 50, requireOneSlicingArgument: false) }
  type Room { name: String }
  type Address @cost(weight: 5) { zip: String }
  type Owner { name: String thing: Thing }
  enum Mood @cost(weight: 2) { GOOD BAD }
`)
const costs = costsOver(shop)
const cost = (text: string, coerced: object = {}) => costs.estimate(operationIn(text, { ...coerced })).cost

describe('an operation costs', () => {
  it.each<[what: string, cost: number, text: string, variables?: object]>([
    ['one for each object, nothing for scalars', 2, '{ shop { name owner { name } } }'],
    ['nothing for what is of the operation itself', 0, '{ __typename }'],
    ['what @cost says of a type', 6, '{ shop { address { zip } } }'],
    ['what @cost says of a field', 30, '{ heavy }'],
    ['what @cost says of an enum', 3, '{ shop { mood } }'],
    ['ten for a mutation, whatever it asks for', 11, 'mutation { open { name } close }'],
    ['what @cost says of a mutation beside', 50, 'mutation { wreck }'],
    ['the assumed size times what an entry costs', 10, '{ five { owner { name } } }'],
    ['the size assumed of all lists where nothing is stated', 5, '{ shops { name } }'],
    ['a slicing argument times what an entry costs', 6, '{ some(count: 3) { owner { name } } }'],
    ['a slicing argument given by a variable', 8, 'query ($n: Int) { some(count: $n) { owner { name } } }', { n: 4 }],
    ['the default of a slicing argument', 7, '{ some { name } }'],
    ['nothing for a list of nothing', 0, '{ some(count: 0) { name } }'],
    ['nothing for a list of less than nothing', 1, '{ some(count: -100) { name } shop { name } }'],
    ['a page as large as asked for', 1 + 3 * 2, '{ page(first: 3) { edges { node { name } } total } }'],
    ['a page counted from its end', 1 + 4 * 2, '{ page(last: 4) { edges { node { name } } } }'],
    ['the larger of two slicing arguments', 1 + 9 * 2, '{ page(first: 2, last: 9) { edges { node { name } } } }'],
    ['the assumed size of a page without a size', 1 + 20 * 2, '{ page { edges { node { name } } } }'],
    [
      'the assumed size of a page of size null',
      41,
      'query ($n: Int) { page(first: $n) { edges { node { name } } } }',
      { n: null },
    ],
    ['a page by Relay’s arguments without any directive', 1 + 6 * 2, '{ plain(first: 6) { edges { node { name } } } }'],
    [
      'lists within lists, multiplied',
      1 + 10 * (2 + 1 + 10 * 2),
      '{ page(first: 10) { edges { node { shops(first: 10) { edges { node { name } } } } } } }',
    ],
    ['the same field twice as one', 2, '{ shop { owner { name } } shop { owner { n: name } name } }'],
    [
      'fragments where they are spread',
      4,
      '{ shop { ...f } other: shop { ...f } } fragment f on Shop { owner { name } }',
    ],
    ['what it skips: nothing', 1, '{ shop { owner @skip(if: true) { name } address @include(if: false) { zip } } }'],
    [
      'what a variable includes',
      7,
      'query ($y: Boolean!) { shop { owner { name } ... @include(if: $y) { address { zip } } } }',
      { y: true },
    ],
    [
      'what a variable leaves out: nothing',
      2,
      'query ($y: Boolean!) { shop { owner { name } ... @include(if: $y) { address { zip } } } }',
      { y: false },
    ],
    [
      'what one selection of several includes',
      6,
      'query ($y: Boolean!, $n: Boolean!) { shop { address @include(if: $n) { zip } ...f @include(if: $y) } } fragment f on Shop { address { zip } }',
      { y: true, n: false },
    ],
    [
      'what is below the selection that is included only',
      1,
      'query ($y: Boolean!) { shop { name } shop @include(if: $y) { address { zip } } }',
      { y: false },
    ],
    [
      'the most expensive of the types that may answer',
      9 + 50,
      '{ thing { name ... on Shop { address { zip } } ... on Palace { rooms { name } } } }',
    ],
    ['the type itself, where no field differs', 9, '{ thing { name } }'],
    ['the fields of an interface once', 10, '{ thing { owner { name } ... on Shop { owner { name } } } }'],
    ['the same within a list', 100, '{ things { owner { name } } }'],
    [
      'what arguments cost: input objects and what @cost says',
      1 + 3 + 1 + 1 + 5 + 2 * 6,
      '{ find(name: "a", by: { name: "b", city: { zip: "c" }, also: [{ zip: "d" }, { zip: "e" }] }) { name } }',
    ],
    [
      'arguments by variables',
      1 + 3 + 1 + 6,
      'query ($by: ByInput, $n: String, $no: String) { find(name: $n, by: $by) { name } again: heavy @skip(if: true) }',
      { n: 'x', by: { city: { zip: 'c' } } },
    ],
    ['nothing for scalars in a list', 0, '{ names }'],
  ])('%s: %i', (_what, expected, text, variables) => {
    expect(cost(text, variables)).toBe(expected)
  })
})

describe('the largest list', () => {
  it.each([
    ['{ shop { name } }', 0, null],
    ['{ names }', 1_000, 'names'],
    [
      '{ page(first: 30) { edges { node { all: shops(first: 40) { edges { node { name } } } } } } }',
      1_200,
      'page.edges.node.all.edges',
    ],
    ['{ page(first: 30) { edges { node { name } } } five { name } }', 30, 'page.edges'],
    ['{ things { ... on Palace { rooms { name } } } }', 500, 'things.rooms'],
  ])('of %s has %i entries: %s', (text, items, path) => {
    const operation = operationIn(text)
    expect([costs.estimate(operation).items, costs.largestList(operation)]).toEqual([items, path])
  })
})

describe('a size', () => {
  it('of which exactly one argument is required is refused without it, and with two', () => {
    const words = 'exact must be given exactly one of first, last.'
    expect(() => cost('{ exact { name } }')).toThrow(words)
    expect(() => cost('{ exact(first: 1, last: 1) { name } }')).toThrow(words)
    expect(() => cost('query ($n: Int) { exact(first: $n) { name } }')).toThrow(words)
    expect(cost('{ exact(first: 2) { name } }')).toBe(2)
  })

  it('beyond all numbers stays a number that JSON can hold', () => {
    const levels = 60
    const text = `{ page(first: 2147483647) ${'{ edges { node { shops(first: 2147483647) '.repeat(levels)} { total } ${'} } }'.repeat(levels)} }`
    expect(costs.estimate(operationIn(text))).toEqual({ cost: Number.MAX_SAFE_INTEGER, items: Number.MAX_SAFE_INTEGER })
  })
})

describe('introspection', () => {
  it('of a whole schema is cheap, and costs the more the deeper lists are within lists', () => {
    const whole = cost(getIntrospectionQuery({ descriptions: true, inputValueDeprecation: true, oneOf: true }))
    expect(whole).toBeGreaterThan(100)
    expect(whole).toBeLessThan(1_000)
    const nested = cost(`{ __schema { types { ${'fields { type { '.repeat(6)} name ${'} }'.repeat(6)} } } }`)
    expect(nested).toBeGreaterThan(500)
  })
})

describe('the directives are found', () => {
  const types = (price: string, size: string) =>
    `type Query { a: Int ${price}(weight: 12) b: [T] ${size}(assumedSize: 3, requireOneSlicingArgument: false) } type T { c: Int }`
  it.each([
    ['by their own names', types('@cost', '@listSize'), '"@cost", "@listSize"'],
    ['without being imported', types('@federation__cost', '@federation__listSize'), ''],
    ['by other names', types('@price', '@long'), '{ name: "@cost", as: "@price" }, { name: "@listSize", as: "@long" }'],
    ['one imported, one not', types('@cost', '@federation__listSize'), '"@cost"'],
  ])('%s', (_how, typeDefs, imports) => {
    const found = costsOver(costedSupergraph(typeDefs, imports))
    expect(found.estimate(operationIn('{ a b { c } }')).cost).toBe(15)
  })

  it('not in a supergraph that has others of the same name', () => {
    const foreign = composed([
      {
        name: 'a',
        url: 'http://a.example.com',
        typeDefs: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@composeDirective"])
          @link(url: "https://specs.example.com/price/v1.0", import: ["@cost"]) @composeDirective(name: "@cost")
          directive @cost(weight: Int!) on FIELD_DEFINITION
          type Query { a: Int @cost(weight: 12) b: [T] } type T { c: Int }`,
      },
    ])
    expect(costsOver(foreign, 4).estimate(operationIn('{ a b { c } }')).cost).toBe(4)
  })
})
