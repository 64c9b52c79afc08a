import { readFileSync } from 'node:fs'
import { Supergraph } from '@apollo/federation-internals'
import { getIntrospectionQuery, graphqlSync } from 'graphql'
import { expect, test } from 'vitest'

test('the API that clients see can be introspected whole: playgrounds and generators live on that', () => {
  const api = Supergraph.build(readFileSync('gateway/supergraph.graphql', 'utf8'), { supportedFeatures: null })
    .apiSchema()
    .toGraphQLJSSchema()
  const answer = graphqlSync({ schema: api, source: getIntrospectionQuery() })
  expect(answer.errors).toBeUndefined()
})
