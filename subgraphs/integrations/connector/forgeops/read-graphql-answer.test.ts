import { describe, expect, it } from 'vitest'
import { readGraphqlAnswer } from './read-graphql-answer.ts'

const read = (status: number, body: unknown) =>
  readGraphqlAnswer({ status, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) })
const error = (code: string, message = 'words') => ({ message, extensions: { code } })

describe('readGraphqlAnswer', () => {
  it('returns the data', () => {
    expect(read(200, { data: { me: { id: '1' } } })).toEqual({ me: { id: '1' } })
  })

  it.each([
    ['CONNECTOR_GRAPHQL_ERRORS', true, 200, { data: { me: null }, errors: [error('SUBGRAPH_UNAVAILABLE')] }],
    ['CONNECTOR_GRAPHQL_ERRORS', true, 429, { errors: [error('RATE_LIMITED')] }],
    ['CONNECTOR_GRAPHQL_ERRORS', false, 200, { errors: [error('SUBGRAPH_UNAVAILABLE'), error('FORBIDDEN')] }],
    ['CONNECTOR_GRAPHQL_ERRORS', false, 401, { errors: [error('UNAUTHENTICATED')] }],
    ['CONNECTOR_GRAPHQL_ERRORS', false, 200, { data: {}, errors: [{ message: 'words' }] }],
    ['CONNECTOR_HTTP_STATUS', true, 503, 'down'],
    ['CONNECTOR_HTTP_STATUS', false, 404, '{}'],
    ['CONNECTOR_ANSWER_UNREADABLE', true, 200, 'down'],
    ['CONNECTOR_ANSWER_UNREADABLE', true, 200, {}],
    ['CONNECTOR_ANSWER_UNREADABLE', true, 200, []],
  ])('fails as %s, retryable %s, when answered %d %j', (code, retryable, status, body) => {
    expect(() => read(status, body)).toThrow(expect.objectContaining({ code, retryable }))
  })

  it('names at most five errors, each briefly', () => {
    const errors = Array.from({ length: 50 }, (_, i) => error(`CODE_${i}`, 'x'.repeat(10_000)))
    expect(() => read(200, { errors })).toThrow(
      expect.objectContaining({
        details: errors.slice(0, 5).map((e, i) => ({ code: `CODE_${i}`, message: e.message.slice(0, 300) })),
      }),
    )
  })
})
