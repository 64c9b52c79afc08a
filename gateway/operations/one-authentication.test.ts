import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'graphql'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Edge, openEdge } from '../../tests/kit/edge.ts'
import { newTemporaryFolder } from '../../tests/kit/temporary-folder.ts'
import { openToySubgraph, type ToySubgraph, type ToySubgraphParts } from '../../tests/kit/toy-subgraph.ts'
import { composed } from '../../tests/kit/toy-supergraph.ts'
import { taggedFields } from '../supergraph/tagged-fields.ts'

const door: ToySubgraphParts = {
  name: 'door',
  typeDefs: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@tag", "@shareable"])
    type Query { open: String knock: String @tag(name: "other") }
    type Mutation {
      enter(key: String): Boolean @tag(name: "authentication")
      turn(key: String): Boolean @tag(name: "authentication")
      leave: Boolean
    }`,
  resolvers: { Mutation: { enter: () => true, turn: () => true, leave: () => true } },
}

const key = randomBytes(32)
const { folder, remove } = newTemporaryFolder()
const path = join(folder, 'supergraph.graphql')
let subgraph: ToySubgraph
let edge: Edge
let sdl: string
beforeAll(async () => {
  subgraph = await openToySubgraph(door, key)
  sdl = composed([{ name: 'door', url: subgraph.url, typeDefs: door.typeDefs }])
  writeFileSync(path, sdl)
  edge = await openEdge({ path, keys: { door: key.toString('base64') } }, { AUTH: 'off' })
})
beforeEach(() => {
  subgraph.requests.length = 0
})
afterAll(async () => {
  await edge.close()
  await subgraph.close()
  remove()
})

describe('an operation', () => {
  it.each([
    ['by two names', 'mutation { enter leave turn }'],
    ['by aliases', 'mutation { a: enter(key: "1") b: enter(key: "2") }'],
    [
      'in fragments',
      'mutation { ...a ... on Mutation { ...b } } fragment a on Mutation { enter } fragment b on Mutation { turn }',
    ],
    [
      'in fragments within fragments',
      'mutation { ...a } fragment a on Mutation { enter ...b } fragment b on Mutation { ... { turn } }',
    ],
    ['of which one is skipped', 'mutation ($no: Boolean!) { enter @skip(if: $no) turn @include(if: $no) }'],
    ['of which one is never there', 'mutation { enter @skip(if: true) turn }'],
  ])('that authenticates twice, %s, is refused before anything runs', async (_how, query) => {
    const { status, body } = await edge.query(query, query.includes('$no') ? { variables: { no: false } } : {})
    expect([status, body.errors?.map(({ extensions }) => extensions.code)]).toEqual([400, ['OPERATION_NOT_ALLOWED']])
    expect(body.data).toBeUndefined()
    expect(subgraph.requests).toEqual([])
  })

  it.each([
    ['mutation { enter leave a: leave }', { enter: true, leave: true, a: true }],
    ['mutation { leave ...a ...a enter } fragment a on Mutation { enter }', { leave: true, enter: true }],
    ['mutation one { enter } mutation two { turn }', { enter: true }],
    ['{ a: knock b: knock }', { a: null, b: null }],
  ])('that authenticates once at most is executed: %s', async (query, data) => {
    const { body } = await fetch(edge.graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, ...(query.includes('one') ? { operationName: 'one' } : {}) }),
    }).then(async (answer) => ({ body: await answer.json() }))
    expect(body).toEqual({ data })
  })
})

describe('the tagged fields of a supergraph', () => {
  it('are those of the tag asked for', () => {
    expect([...taggedFields(parse(sdl), 'authentication')]).toEqual(['Mutation.enter', 'Mutation.turn'])
    expect([...taggedFields(parse(sdl), 'other')]).toEqual(['Query.knock'])
  })

  it.each([
    ['as: "label"', '@label'],
    ['import: [{ name: "@tag", as: "@label" }]', '@label'],
    ['import: ["@tag"]', '@tag'],
  ])('are found when the directive is linked with %s', (how, directive) => {
    const text = `schema @link(url: "https://specs.apollo.dev/tag/v0.3", ${how}) { query: Query }
      type Query { a: Int ${directive}(name: "x") b: Int @another(name: "x") }`
    expect([...taggedFields(parse(text), 'x')]).toEqual(['Query.a'])
  })
})
