import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Edge, openEdge } from '../../../tests/kit/edge.ts'
import { newTemporaryFolder } from '../../../tests/kit/temporary-folder.ts'
import { openToySubgraph, type ToySubgraph } from '../../../tests/kit/toy-subgraph.ts'
import { composed } from '../../../tests/kit/toy-supergraph.ts'

const typeDefs = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@listSize"])
  type Query { shelf: Shelf shelves(first: Int): [Shelf!] @listSize(slicingArguments: ["first"], assumedSize: 3, requireOneSlicingArgument: false) }
  type Shelf { name: String next: Shelf }`
const shelf = { name: 'a' }
const resolvers = { Query: { shelf: () => shelf, shelves: () => [shelf, shelf] }, Shelf: { next: () => shelf } }

const deep = (name: string, levels: number) =>
  `query ${name}($first: Int) { shelves(first: $first) { ${'next { '.repeat(levels)} name ${'}'.repeat(levels)} } }`

const { folder, remove } = newTemporaryFolder()
const path = join(folder, 'supergraph.graphql')
let subgraph: ToySubgraph
let edge: Edge
beforeAll(async () => {
  subgraph = await openToySubgraph({ name: 'a', typeDefs, resolvers }, undefined)
  writeFileSync(path, composed([{ name: 'a', url: subgraph.url, typeDefs }]))
  mkdirSync(join(folder, 'clients/default/operations'), { recursive: true })
  writeFileSync(
    join(folder, 'clients/default/profile.yaml'),
    'description: Everybody.\nlimits: { depth: 5, cost: 500 }\ncostPerMinute: 400\n',
  )
  writeFileSync(join(folder, 'clients/default/operations/deep.graphql'), deep('Deep', 20))
  edge = await openEdge({ path, keys: {} }, { AUTH: 'off', CLIENTS_PATH: join(folder, 'clients') })
})
afterAll(async () => {
  await edge.close()
  await subgraph.close()
  remove()
})

const limitOf = (answer: Awaited<ReturnType<Edge['query']>>) =>
  (answer.body.errors?.[0]?.extensions.details as { limit?: string } | undefined)?.limit ?? null

it('a registered operation is free of the limits on its shape, never of those on what it costs', async () => {
  expect(limitOf(await edge.query(deep('Other', 20)))).toBe('depth')
  const { body } = await edge.query(deep('Deep', 20), { variables: { first: 2 } })
  expect([body.errors, Object.keys(body.data ?? {})]).toEqual([undefined, ['shelves']])
  expect(limitOf(await edge.query(deep('Deep', 20), { variables: { first: 100 } }))).toBe('cost')
  // Known by now, it is still free for whom it is registered, and its text in another operation is not.
  expect(limitOf(await edge.query(deep('Deep', 20).replace('Deep', 'Deeper')))).toBe('depth')
})

it('the budget of a client is charged what an operation did cost, and refuses what it might not pay', async () => {
  const budgeted = await openEdge({ path, keys: {} }, { AUTH: 'off', CLIENTS_PATH: join(folder, 'clients') })
  try {
    // Estimated at 390 points, it costs 6: the first two leave 388 of the 400.
    const wide = '{ shelves(first: 130) { name next { next { name } } } }'
    const answers = [await budgeted.query(wide), await budgeted.query(wide), await budgeted.query(wide)]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429])
    expect(answers[2]?.headers.get('retry-after')).toMatch(/^\d+$/)
    expect((await budgeted.query('{ shelf { name } }')).status).toBe(200)
  } finally {
    await budgeted.close()
  }
})
