import { ApolloGateway } from '@apollo/gateway'
import { parse, print } from 'graphql'
import { describe, expect, it } from 'vitest'
import { composed } from '../../tests/kit/toy-supergraph.ts'
import { splitAccessRules } from './access-rules.ts'

const typeDefs = (imports: string, body: string) =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${imports}]) ${body}`
const supergraph = (imports: string, body: string) =>
  composed([{ name: 'a', url: 'http://a.example.com', typeDefs: typeDefs(imports, body) }])

const protectedSdl = supergraph(
  '"@key", "@authenticated", "@requiresScopes", "@policy"',
  `type Query { me: User! @authenticated open: String }
   type User @key(fields: "id") @authenticated {
     id: ID!
     email: String @requiresScopes(scopes: [["user:read", "user:pii"], ["owner"]])
     notes: String @policy(policies: [["hr"]]) @authenticated
     birthday: Day
   }
   scalar Day @authenticated
   enum Mood @requiresScopes(scopes: [["mood:read"]]) { GOOD }
   extend type Query { mood: Mood }`,
)

describe('the rights in a supergraph', () => {
  it('are read by coordinate', () => {
    const nothing = { authenticated: false, scopes: null, policies: null }
    expect(Object.fromEntries(splitAccessRules(parse(protectedSdl)).rules)).toEqual({
      'Query.me': { ...nothing, authenticated: true },
      User: { ...nothing, authenticated: true },
      'User.email': { ...nothing, scopes: [['user:read', 'user:pii'], ['owner']] },
      'User.notes': { ...nothing, authenticated: true, policies: [['hr']] },
      Day: { ...nothing, authenticated: true },
      Mood: { ...nothing, scopes: [['mood:read']] },
    })
  })

  it('leave no trace in what is planned over, and nothing else is lost', async () => {
    const planned = print(splitAccessRules(parse(protectedSdl)).document)
    expect(planned).not.toMatch(/authenticated\/|@authenticated|equiresScopes|olicy/)
    const open = supergraph(
      '"@key"',
      `type Query { me: User! open: String mood: Mood }
       type User @key(fields: "id") { id: ID! email: String notes: String birthday: Day }
       scalar Day
       enum Mood { GOOD }`,
    )
    expect(planned).toBe(print(parse(open)))
  })

  it('are what Apollo would refuse to plan over', async () => {
    process.env.APOLLO_TELEMETRY_DISABLED = 'true'
    const load = (supergraphSdl: string) => new ApolloGateway({ supergraphSdl, logger: silent }).load()
    await expect(load(protectedSdl)).rejects.toThrow('SECURITY')
    await expect(load(print(splitAccessRules(parse(protectedSdl)).document))).resolves.toBeDefined()
  })

  it('are found under the names that a link gives them', () => {
    const sdl = supergraph(
      '"@authenticated", {name: "@requiresScopes", as: "@needs"}',
      'type Query { x: Int @needs(scopes: [["x:read"]]) y: Int @authenticated }',
    )
    const { rules, document } = splitAccessRules(parse(sdl))
    expect([...rules.keys()]).toEqual(['Query.x', 'Query.y'])
    expect(rules.get('Query.x')?.scopes).toEqual([['x:read']])
    expect(print(document)).not.toMatch(/needs|requiresScopes|authenticated/)

    const spaced = splitAccessRules(
      parse(`schema @link(url: "https://specs.apollo.dev/requiresScopes/v0.1", as: "rights", for: SECURITY) { query: Query }
        scalar rights__Scope
        directive @rights(scopes: [[rights__Scope!]!]!) on FIELD_DEFINITION
        type Query { x: Int @rights(scopes: [["x:read"]]) }`),
    )
    expect(spaced.rules.get('Query.x')?.scopes).toEqual([['x:read']])
    expect(print(spaced.document)).not.toContain('rights')
  })

  it('need not be known to hide a field: the planner keeps to what is inaccessible', async () => {
    process.env.APOLLO_TELEMETRY_DISABLED = 'true'
    const sdl = supergraph('"@key", "@inaccessible"', 'type Query { open: Int hidden: Int @inaccessible }')
    const planned = print(splitAccessRules(parse(sdl)).document)
    const { schema } = await new ApolloGateway({ supergraphSdl: planned, logger: silent }).load()
    expect(Object.keys(schema.getQueryType()?.getFields() ?? {})).toEqual(['open'])
  })

  it.each([
    'https://specs.example.com/vault/v1.0',
    'https://specs.apollo.dev/policy/v0.2',
    'https://specs.apollo.dev/authenticated/v1.0',
  ])('that %s states refuse the supergraph, since we could not keep them', (url) => {
    const sdl = `schema @link(url: "${url}", for: SECURITY) { query: Query } type Query { x: Int }`
    expect(() => splitAccessRules(parse(sdl))).toThrow(`The supergraph is protected by ${url}`)
    expect(() => splitAccessRules(parse(`type Query { x: Int } extend ${sdl.replace(/\{.*/, '')}`))).toThrow(url)
  })
})

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
