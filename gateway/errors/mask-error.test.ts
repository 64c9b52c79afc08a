import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Edge, openEdge } from '../../tests/kit/edge.ts'
import { json } from '../../tests/kit/toy-subgraph.ts'
import { openToySupergraph, type ToySupergraph } from '../../tests/kit/toy-supergraph.ts'

const canary = 'canary-7f3a'
const leak = {
  stacktrace: [`Error: ${canary} at /srv/${canary}.ts:1:1`],
  exception: { stacktrace: [canary] },
  serviceName: canary,
  url: `http://10.0.0.7:4001/${canary}`,
  originalError: { message: canary },
  service: canary,
  requestId: canary,
}

describe('what leaves the gateway', () => {
  let toy: ToySupergraph
  let edge: Edge
  beforeAll(async () => {
    toy = await openToySupergraph()
    edge = await openEdge(toy, { AUTH: 'off' })
  })
  afterAll(async () => {
    await edge.close()
    await toy.close()
  })
  const answerWith = (message: string, extensions?: object) => {
    toy.library.answer = (reply) =>
      json(reply, 200, {
        data: { shelf: 'x', book: null },
        errors: [{ message, path: ['book'], extensions, [canary]: canary, locations: [{ line: 4242, column: 1 }] }],
        extensions: { [canary]: canary },
      })
  }

  it.each([
    undefined,
    'INTERNAL_SERVER_ERROR',
    'DOWNSTREAM_SERVICE_ERROR',
    'GRAPHQL_VALIDATION_FAILED',
    'ECONNREFUSED',
    'ERR_INVALID_URL',
    'UND_ERR_SOCKET',
    `lower-${canary}`,
    42,
  ])('of a subgraph error with code %s is the path and a request id only', async (code) => {
    answerWith(`connect to http://10.0.0.7 failed: ${canary}`, { ...leak, code })
    const { status, headers, text, body } = await edge.query('{ shelf book(id: "b1") { title } }')
    expect(status).toBe(200)
    expect(text).not.toContain(canary)
    expect(text).not.toMatch(/library|10\.0\.0\.7|4242|stack/)
    expect(body.errors).toEqual([
      {
        message: 'Something went wrong on our side.',
        path: ['book'],
        extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: headers.get('x-request-id') },
      },
    ])
  })

  it.each(['NOT_FOUND', 'FORBIDDEN', 'CONFLICT', 'BAD_USER_INPUT', 'RATE_LIMITED', 'UNAUTHENTICATED', 'BOOK_LOCKED'])(
    'of a refusal with code %s is code, words, path and details, nothing else',
    async (code) => {
      answerWith('No such book.', { ...leak, code, details: { line: 3 } })
      const { text, body } = await edge.query('{ shelf book(id: "b1") { title } }')
      expect(text).not.toContain(canary)
      expect(body.errors).toEqual([
        { message: 'No such book.', path: ['book'], extensions: { code, details: { line: 3 } } },
      ])
    },
  )

  it.each([
    ['no list', { message: canary }],
    ['texts', [canary, null, 7]],
    ['deep things', [{ message: { [canary]: 1 }, path: canary, extensions: [canary] }]],
  ])('of errors that are %s holds nothing of them', async (_what, errors) => {
    toy.library.answer = (reply) => json(reply, 200, { data: { book: null }, errors })
    const { status, text, body } = await edge.query('{ book(id: "b1") { title } }')
    expect(status).toBe(200)
    expect(text).not.toContain(canary)
    expect(body.errors?.length).toBeGreaterThan(0)
  })

  it('names no subgraph and no address when one is down', async () => {
    toy.library.answer = (reply) => void reply.destroy()
    const { text } = await edge.query('{ shelf }')
    expect(text).not.toMatch(/library|127\.0\.0\.1|ECONN|socket/)
  })
})
