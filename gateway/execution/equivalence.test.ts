import { ApolloGateway } from '@apollo/gateway'
import { ApolloServer } from '@apollo/server'
import { buildSchema, type GraphQLSchema, parse, validate } from 'graphql'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { anonymousCaller } from '#platform/caller/caller'
import { signRequest } from '#platform/caller/message-signature'
import { type Edge, openEdge } from '../../tests/kit/edge.ts'
import { randomFrom, randomQuery } from '../../tests/kit/random-operations.ts'
import { openToyOffice, type ToyOffice } from '../../tests/kit/toy-office.ts'
import { Planner } from '../planning/planner.ts'
import { parseSupergraph } from '../supergraph/read-supergraph.ts'

const operationsMin = 150

let office: ToyOffice
let edge: Edge
let apollo: ApolloServer
let schema: GraphQLSchema
beforeAll(async () => {
  office = await openToyOffice()
  edge = await openEdge(office, { AUTH: 'off' })
  const { sdl } = parseSupergraph(office.sdl, new Map())
  const { planner, schema: planned } = await Planner.open(sdl)
  await planner.close()
  schema = buildSchema(planned.apiSdl)
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  const gateway = new ApolloGateway({ supergraphSdl: sdl, logger: silent, buildService: sourceOf as never })
  apollo = new ApolloServer({ gateway, logger: silent })
  await apollo.start()
})
afterAll(async () => {
  await edge.close()
  await Promise.all([apollo.stop(), office.close()])
})

/** Asks a subgraph on behalf of the stock gateway, signed as the office wants it. */
const sourceOf = ({ name, url }: { readonly name: string; readonly url: string }) => ({
  process: async ({ request: { query, variables } }: { readonly request: Record<string, unknown> }) => {
    const body = JSON.stringify({ query, variables })
    const key = Buffer.from(office.keys[name] ?? '', 'base64')
    const headers = signRequest({ method: 'POST', path: '/graphql', body }, anonymousCaller(null), name, key)
    return (await fetch(url, { method: 'POST', headers, body })).json()
  },
})

/** Plans are the same; so is what a subgraph objects to in them. */
const pathsOf = (errors: readonly { readonly path?: readonly (string | number)[] }[] = []) =>
  errors.map(({ path = [] }) => path.join('.')).sort()

it('plans executed here answer random operations as the executor of @apollo/gateway does', async () => {
  const random = randomFrom(20261121)
  const variables = { yes: true, no: false }
  let compared = 0
  let fetched = 0
  for (let i = 0; compared < operationsMin && i < 5_000; i += 1) {
    const query = randomQuery(schema, random, 5)
    if (validate(schema, parse(query)).length > 0) continue
    const { body } = await edge.query(query, { variables })
    fetched += office.asked().length
    const stock = await apollo.executeOperation({ query, variables })
    if (stock.body.kind !== 'single') throw new Error('The stock gateway answers in one piece.')
    const { data, errors } = stock.body.singleResult
    expect(pathsOf(body.errors), query).toEqual(pathsOf(errors))
    // Not by the order of keys: theirs is that of their own normal form, ours that of the operation (GraphQL §6.3.2).
    expect(body.data, query).toEqual(JSON.parse(JSON.stringify(data)))
    compared += 1
  }
  expect(compared).toBe(operationsMin)
  expect(fetched).toBeGreaterThan(operationsMin)
}, 120_000)
