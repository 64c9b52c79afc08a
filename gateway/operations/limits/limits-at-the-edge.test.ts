import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ask, type Edge, openEdge } from '../../../tests/kit/edge.ts'
import { newTemporaryFolder } from '../../../tests/kit/temporary-folder.ts'
import { openToySubgraph, type ToySubgraph } from '../../../tests/kit/toy-subgraph.ts'
import { composed } from '../../../tests/kit/toy-supergraph.ts'
import { gatewayConfig } from '../../config.ts'

const typeDefs = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@listSize"])
  type Query { shelf: Shelf shelves(first: Int): [Shelf!] @listSize(slicingArguments: ["first"], assumedSize: 3, requireOneSlicingArgument: false) }
  type Mutation { tidy: Shelf }
  type Shelf {
    name: String
    next: Shelf
    shelves(first: Int): [Shelf!] @listSize(slicingArguments: ["first"], assumedSize: 3, requireOneSlicingArgument: false)
    board: Board
  }
  type Board { wood: String }`
const shelf = { name: 'a', board: { wood: 'oak' } }
const some = (_: unknown, { first = 2 }: { first?: number }) => Array.from({ length: Math.min(first, 2) }, () => shelf)
const resolvers = {
  Query: { shelf: () => shelf, shelves: some },
  Mutation: { tidy: () => shelf },
  Shelf: { next: () => shelf, shelves: some },
}

const { folder, remove } = newTemporaryFolder()
const path = join(folder, 'supergraph.graphql')
let subgraph: ToySubgraph
let edge: Edge
beforeAll(async () => {
  subgraph = await openToySubgraph({ name: 'a', typeDefs, resolvers }, undefined)
  writeFileSync(path, composed([{ name: 'a', url: subgraph.url, typeDefs }]))
  edge = await openEdge({ path, keys: {} }, { AUTH: 'off', OPERATION_LIMITS: 'rootFields=20' })
})
afterEach(() => {
  subgraph.requests.length = 0
})
afterAll(async () => {
  await edge.close()
  await subgraph.close()
  remove()
})

const asked = (body: object) =>
  ask(edge.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  })
const repeated = (count: number, part: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => part(i)).join(' ')
const nested = (levels: number, size: number) =>
  `{ ${`shelves(first: ${size}) { `.repeat(levels)} name ${'}'.repeat(levels)} }`

describe('refused, without a subgraph being asked, is an operation of', () => {
  it.each([
    ['2 000 aliases', `{ ${repeated(2_000, (i) => `a${i}: shelf { name }`)} }`, 'aliases', 200],
    ['2 000 levels', `{ ${'next { '.repeat(2_000)} name ${'}'.repeat(2_000)} }`, 'depth', 50],
    [
      '2 000 levels over fragments',
      `{ shelf { ...F0 } } ${repeated(50, (i) => `fragment F${i} on Shelf { ${'next { '.repeat(39)} next { ${i === 49 ? 'name' : `...F${i + 1}`} } ${'}'.repeat(40)}`)}`,
      'depth',
      50,
    ],
    ['what is no GraphQL after the limit', `{ ${repeated(2_000, (i) => `a${i}: shelf { name }`)} ((`, 'aliases', 200],
    [
      'more fields at the root than the operator allows',
      `{ ${repeated(21, (i) => `a${i}: shelf { name }`)} }`,
      'rootFields',
      20,
    ],
    ['five lists of 100 within each other', nested(5, 100), 'cost', 10_000],
  ])('%s', async (_what, query, limit, maximum) => {
    const { status, body } = await asked({ query })
    expect(status).toBe(400)
    expect(body.data).toBeUndefined()
    expect(body.errors).toHaveLength(1)
    expect(body.errors?.[0]?.extensions).toMatchObject({ code: 'OPERATION_TOO_COMPLEX', details: { limit, maximum } })
    expect(body.errors?.[0]?.message).toContain(String(maximum))
    expect(subgraph.requests).toEqual([])
  })

  it('sizes that variables say', async () => {
    const query = `query ($n: Int!) ${nested(5, 0).replaceAll('first: 0', 'first: $n')}`
    expect((await asked({ query, variables: { n: 2 } })).body.errors).toBeUndefined()
    subgraph.requests.length = 0
    const { body } = await asked({ query, variables: { n: 100 } })
    expect(body.errors?.[0]?.extensions).toEqual({
      code: 'OPERATION_TOO_COMPLEX',
      details: {
        limit: 'cost',
        maximum: 10_000,
        found: 10_101_010_100,
        cost: 10_101_010_100,
        largestList: { path: 'shelves.shelves.shelves.shelves.shelves', items: 10_000_000_000 },
      },
    })
    expect(body.errors?.[0]?.message).toContain('shelves.shelves.shelves.shelves.shelves, can have 10000000000 entries')
    expect(subgraph.requests).toEqual([])
  })

  it('variables within each other', async () => {
    const { status, body } = await asked({
      query: 'query ($n: Int) { shelves(first: $n) { name } }',
      variables: { n: JSON.parse(`${'['.repeat(201)}${']'.repeat(201)}`) },
    })
    expect([status, body.errors?.[0]?.extensions]).toEqual([
      400,
      { code: 'OPERATION_TOO_COMPLEX', details: { limit: 'nesting', maximum: 200, found: 201 } },
    ])
  })
})

describe('an answer', () => {
  it('says what it was estimated to cost and what it did cost, when it is asked to', async () => {
    const query = '{ shelves(first: 50) { name board { wood } shelves { name } } }'
    const { body } = await asked({ query, extensions: { cost: true } })
    expect(body).toMatchObject({
      extensions: {
        cost: {
          estimated: 50 * 5,
          actual: 2 * (2 + 2),
          maximum: 10_000,
          largestList: { path: 'shelves.shelves', items: 150 },
        },
      },
    })
    expect(Object.keys((await asked({ query })).body)).toEqual(['data'])
  })

  it('says it of a mutation, too', async () => {
    const { body } = await asked({
      query: 'mutation { tidy { name next { board { wood } } } }',
      extensions: { cost: true },
    })
    expect(body).toMatchObject({ extensions: { cost: { estimated: 13, actual: 13, largestList: null } } })
  })

  it('comes to a page of 100 with three single objects in each entry', async () => {
    const { body } = await asked({ query: '{ shelves(first: 100) { name board { wood } next { next { name } } } }' })
    expect(body.errors).toBeUndefined()
  })
})

it('the limits are those that the operator states, and none where they say so', () => {
  const { operationLimits } = gatewayConfig({ AUTH: 'off', OPERATION_LIMITS: 'aliases=1, cost=none' })
  expect(operationLimits).toEqual({ aliases: 1, cost: Number.POSITIVE_INFINITY })
})

it('limits that there are not are refused by name', () => {
  expect(() => gatewayConfig({ AUTH: 'off', OPERATION_LIMITS: 'alias=1' })).toThrow(
    /OPERATION_LIMITS must name limits among tokens/,
  )
  expect(() => gatewayConfig({ AUTH: 'off', OPERATION_LIMITS: 'aliases=many' })).toThrow(/OPERATION_LIMITS/)
})
