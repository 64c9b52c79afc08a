import { readFileSync } from 'node:fs'
import { Supergraph } from '@apollo/federation-internals'
import { getIntrospectionQuery, graphqlSync, printSchema } from 'graphql'
import { expect, test } from 'vitest'

const supergraph = readFileSync('gateway/supergraph.graphql', 'utf8')
const api = Supergraph.build(supergraph, { supportedFeatures: null }).apiSchema().toGraphQLJSSchema()

test('the API that clients see can be introspected whole: playgrounds and generators live on that', () => {
  const answer = graphqlSync({ schema: api, source: getIntrospectionQuery() })
  expect(answer.errors).toBeUndefined()
})

test('clients see no rule of the supergraph: not its directive, and not at a field', () => {
  expect(supergraph).toContain('@access(rule: "hasScope(user:read) or own user", scopes: ["user:read"], row: true)')
  expect(api.getDirective('access')).toBeUndefined()
  expect(printSchema(api)).not.toContain('hasScope')
})
