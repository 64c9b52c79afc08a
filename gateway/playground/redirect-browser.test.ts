import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { prefersHtml, redirectBrowserToPlayground } from './redirect-browser.ts'

const browserAccept = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8'

describe('opening the GraphQL endpoint in a browser', () => {
  const app = Fastify()
  app.addHook('onRequest', redirectBrowserToPlayground({ basePath: '/api', graphqlPath: '/api/graphql' }))
  app.all('/api/graphql', async () => 'endpoint')
  app.get('/api/graphql/other', async () => 'other')
  const ask = (url: string, accept?: string, method: 'GET' | 'POST' = 'GET') =>
    app.inject({ method, url, headers: accept ? { accept } : {} })

  it('leads to the playground', async () => {
    const reply = await ask('/api/graphql', browserAccept)
    expect(reply.statusCode).toBe(302)
    expect(reply.headers).toMatchObject({ location: '/api/playground', vary: 'accept', 'cache-control': 'no-store' })
  })

  it.each([
    ['a query over GET', '/api/graphql?query=%7B__typename%7D', browserAccept, 'GET'],
    ['a posted operation', '/api/graphql', browserAccept, 'POST'],
    ['a client that accepts anything', '/api/graphql', '*/*', 'GET'],
    ['a client without a wish', '/api/graphql', undefined, 'GET'],
    ['a client that asks for JSON', '/api/graphql', 'application/graphql-response+json, text/html;q=0.5', 'GET'],
    ['another path', '/api/graphql/other', browserAccept, 'GET'],
  ] as const)('leaves %s to the endpoint', async (_case, url, accept, method) => {
    expect((await ask(url, accept, method)).statusCode).toBe(200)
  })

  it.each([
    ['text/html', true],
    ['text/*;q=0.9, application/json;q=0.8', true],
    ['TEXT/HTML, */*;q=0.1', true],
    ['text/html, application/json', false],
    ['text/html;q=0.5, application/*', false],
    ['text/html;q=nonsense', false],
    ['text/html;q=0', false],
  ])('ranks %s', (accept, expected) => {
    expect(prefersHtml(accept)).toBe(expected)
  })
})
