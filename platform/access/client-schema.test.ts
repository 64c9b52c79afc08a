import { readFileSync } from 'node:fs'
import { Supergraph } from '@apollo/federation-internals'
import { lexicographicSortSchema, parse, printSchema } from 'graphql'
import { expect, test } from 'vitest'
import { composed } from '../../tests/kit/toy-supergraph.ts'
import { splitAccessRules } from './access-rules.ts'
import { clientSchemaOf } from './client-schema.ts'

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@key", "@authenticated", "@requiresScopes", "@inaccessible", "@tag", "@composeDirective", "@shareable"])
  @link(url: "https://specs.example.com/mark/v1.0", import: [{name: "@mark", as: "@noted"}]) @composeDirective(name: "@noted")
  directive @noted(as: String) on FIELD_DEFINITION
  directive @slowly on FIELD`

const toy = composed([
  {
    name: 'a',
    url: 'http://a.example.com',
    typeDefs: `${link}
      type Query { me: User @authenticated hidden: Secret @inaccessible any(filter: Filter): [Any!] when: Day }
      "Somebody."
      type User implements Named @key(fields: "id") { id: ID! name: String @noted(as: "x") @tag(name: "t") old: Int @deprecated(reason: "gone") }
      type Secret @inaccessible { id: ID }
      interface Named { name: String }
      union Any = User | Secret
      input Filter { by: String = "x" never: Int @inaccessible }
      enum Mood { GOOD BAD @inaccessible }
      extend type Query { mood: Mood }
      scalar Day @specifiedBy(url: "https://example.com/day") @requiresScopes(scopes: [["a:b"]])`,
  },
])

test.each([
  ['our own', readFileSync('gateway/supergraph.graphql', 'utf8')],
  ['one with every kind of type and much that clients cannot see', toy],
])('what clients see of a supergraph is what Apollo says they do: %s', (_which, sdl) => {
  const theirs = Supergraph.build(sdl, { supportedFeatures: null }).apiSchema().toGraphQLJSSchema()
  const text = (schema: typeof theirs) => printSchema(lexicographicSortSchema(schema))
  expect(text(clientSchemaOf(splitAccessRules(parse(sdl)).document))).toBe(text(theirs))
})
