import { ApolloServer, HeaderMap } from '@apollo/server'
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled'
import { expect, test } from 'vitest'
import { anonymousCaller } from '#platform/caller/caller'
import { federate } from '#platform/graphql/federate'
import { integrations } from '../subgraph.ts'

test('the catalogue may be kept by all who may read it; a refusal, and anything beside it, may not', async () => {
  const { schema } = await federate(integrations)
  const server = new ApolloServer({ schema, plugins: [ApolloServerPluginInlineTraceDisabled()] })
  await server.start()
  const ask = async (query: string, scopes: readonly string[]) => {
    const caller = { ...anonymousCaller(null), kind: 'user', userId: 'u', organizationId: 'o', scopes }
    const answer = await server.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: 'POST',
        headers: new HeaderMap([['content-type', 'application/json']]),
        search: '',
        body: { query },
      },
      context: async () => ({ caller, loaders: new Map() }),
    })
    return answer.headers.get('cache-control')
  }
  const query = '{ connectors { key title secrets { field } actions { key inputSchema } } }'
  expect(await ask(query, ['connection:read'])).toBe('max-age=300, public')
  expect(await ask(query, [])).toBe('no-store')
  expect(await ask(`{ connectors { key } _service { sdl } }`, ['connection:read'])).toBe('no-store')
  await server.stop()
})
