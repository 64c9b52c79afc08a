import { buildSchema, graphqlSync, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { clientSchemaOf } from '#platform/access/client-schema'
import { costedSupergraph, costsOver, operationIn } from '../../../tests/kit/costs.ts'
import { randomFrom, randomQuery } from '../../../tests/kit/random-operations.ts'

const types = `
  type Query { shop: Shop shops: [Shop] things: [Thing!] find(by: ByInput): Shop heavy: Int @cost(weight: 30) marks: [Int] @cost(weight: 2) }
  type Mutation { open: Shop }
  input ByInput { name: String }
  interface Thing { name: String owner: Owner }
  type Shop implements Thing { name: String owner: Owner shops: [Shop!] }
  type Palace implements Thing @cost(weight: 9) { name: String owner: Owner rooms: [Shop!] }
  type Owner { name: String }`
const supergraph = costedSupergraph(types)
const costs = costsOver(supergraph)
const actual = (text: string, data: Record<string, unknown> | null, coerced: Record<string, unknown> = {}) =>
  costs.actual(operationIn(text, coerced), { data })

describe('an answer cost', () => {
  it.each<[what: string, cost: number, text: string, data: Record<string, unknown> | null]>([
    ['one for each object in it', 2, '{ shop { owner { name } } }', { shop: { owner: { name: 'a' } } }],
    ['nothing for null', 1, '{ shop { owner { name } } }', { shop: { owner: null } }],
    [
      'as much as its lists are long',
      4,
      '{ shops { owner { name } } }',
      { shops: [{ owner: {} }, null, { owner: {} }] },
    ],
    ['nothing for an empty list', 0, '{ shops { name } }', { shops: [] }],
    ['what @cost says of leaves', 36, '{ heavy marks }', { heavy: 1, marks: [1, 2, 3] }],
    ['what its arguments cost', 2, '{ find(by: { name: "a" }) { name } }', { find: { name: 'a' } }],
    ['the operation itself, when there is no data', 10, 'mutation { open { name } }', null],
    [
      'what its type costs, told by its name',
      9,
      '{ things { __typename name } }',
      { things: [{ __typename: 'Palace', name: 'a' }] },
    ],
    [
      'what its type costs, told by its keys',
      9 + 1,
      '{ things { name ... on Palace { rooms { name } } } }',
      { things: [{ name: 'a', rooms: [] }, { name: 'b' }] },
    ],
  ])('%s: %i', (_what, expected, text, data) => {
    expect(actual(text, data)).toBe(expected)
  })

  it('no more than was estimated, where lists are as long as they were taken to be', () => {
    const schema = clientSchemaOf(parse(supergraph))
    const thing = (levels: number): Record<string, unknown> => ({
      __typename: levels % 2 === 0 ? 'Shop' : 'Palace',
      name: 'a',
      owner: { name: 'b' },
      ...(levels === 0 ? {} : { shops: fives(levels - 1), rooms: fives(levels - 1) }),
    })
    const shop = (levels: number) => ({ ...thing(levels), __typename: 'Shop' })
    const fives = (levels: number) => Array.from({ length: 5 }, () => shop(levels))
    const rootValue = {
      shop: shop(2),
      shops: fives(2),
      things: fives(1).map((_, i) => thing(i % 2)),
      find: shop(1),
      heavy: 1,
      marks: [1, 2, 3, 4, 5],
    }
    const plain = buildSchema(types.replaceAll(/@cost\(.*?\)/g, ''), { assumeValid: true })
    let compared = 0
    for (let seed = 0; seed < 100; seed += 1) {
      const text = randomQuery(plain, randomFrom(seed))
      const variables = { yes: true, no: false }
      const { data, errors } = graphqlSync({ schema, source: text, rootValue, variableValues: variables })
      if (errors !== undefined) continue
      compared += 1
      const operation = operationIn(text, variables)
      expect(costs.actual(operation, { data: data ?? null }), text).toBeLessThanOrEqual(costs.estimate(operation).cost)
    }
    expect(compared).toBeGreaterThan(30)
  })
})
