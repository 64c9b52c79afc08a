import { createClient } from 'graphql-sse'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { type Edge, openEdge } from '../../tests/kit/edge.ts'
import { openToyLive, type ToyLive } from '../../tests/kit/toy-live.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'

const notes = 'subscription ($after: Int) { notes(afterSeq: $after) { seq text author { name } } }'

describe('over event streams', () => {
  let toy: ToyLive
  let edge: Edge
  beforeAll(async () => {
    toy = await openToyLive()
    edge = await openEdge(toy, { AUTH: 'off', SUBSCRIPTION_POLL_MS: '20', SUBSCRIPTION_HEARTBEAT_MS: '120' })
  })
  afterAll(async () => {
    await edge.close()
    await toy.close()
  })
  beforeEach(() => {
    toy.asked.length = 0
    toy.refusal = undefined
  })

  function subscribe(query: string, variables: Record<string, unknown> = {}, extensions?: Record<string, unknown>) {
    const client = createClient({ url: edge.graphqlUrl, retryAttempts: 0 })
    const seen = { results: [] as unknown[], isComplete: false, error: undefined as unknown, leave: () => {} }
    seen.leave = client.subscribe(
      { query, variables, ...(extensions === undefined ? {} : { extensions }) },
      {
        next: (result) => void seen.results.push(result),
        complete: () => {
          seen.isComplete = true
        },
        error: (error) => {
          seen.error = error
        },
      },
    )
    onTestFinished(() => seen.leave())
    return seen
  }

  it('a subscriber is told each event, the rest of it by other subgraphs, and where it stands', async () => {
    const from = toy.write('before')
    const seen = subscribe(notes)
    await waitFor('the first question', () => toy.asked.length > 0)
    toy.write('one')
    toy.write('two')
    await waitFor('two events', () => seen.results.length === 2)
    expect(seen.results).toEqual([
      expect.objectContaining({
        data: { notes: { seq: from + 1, text: 'one', author: { name: expect.any(String) } } },
        extensions: { lastEventId: String(from + 1) },
      }),
      expect.objectContaining({ data: { notes: expect.objectContaining({ text: 'two' }) } }),
    ])
    expect(seen.isComplete).toBe(false)
  })

  it('queries and mutations are answered by one event', async () => {
    const query = subscribe('{ authors { name } }')
    const mutation = subscribe('mutation { write(text: "x") { text } }')
    await waitFor('both to be complete', () => query.isComplete && mutation.isComplete)
    expect(query.results).toEqual([{ data: { authors: [{ name: 'Ada' }, { name: 'Ben' }] } }])
    expect(mutation.results).toEqual([{ data: { write: { text: 'x' } } }])
  })
})
