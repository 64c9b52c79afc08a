import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { type Edge, openEdge } from '../../tests/kit/edge.ts'
import { type Following, saidOf, transports } from '../../tests/kit/live-clients.ts'
import { openToyLive, type ToyLive } from '../../tests/kit/toy-live.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'

const notes = 'subscription ($after: Int) { notes(afterSeq: $after) { seq text author { name } } }'
const seqs = (results: readonly { data?: Record<string, unknown> | null }[]) =>
  results.flatMap(({ data }) => (data == null ? [] : [(data.notes as { seq: number }).seq]))

describe.each(transports)('over $transport', ({ follow }) => {
  let toy: ToyLive
  let edge: Edge
  beforeAll(async () => {
    toy = await openToyLive()
    edge = await openEdge(toy, {
      AUTH: 'off',
      RATE_LIMIT_PER_ADDRESS: 'off',
      SUBSCRIPTION_POLL_MS: '20',
      SUBSCRIPTION_HEARTBEAT_MS: '120',
      SUBSCRIPTIONS_PER_CALLER: '20',
    })
  })
  afterAll(async () => {
    await edge.close()
    await toy.close()
  })
  beforeEach(() => {
    toy.asked.length = 0
    toy.refusal = undefined
    toy.pageMax = 100
  })
  const subscribe = (query: string, following: Partial<Following> = {}) => {
    const followed = follow({ url: edge.graphqlUrl, query, ...following })
    onTestFinished(() => followed.leave())
    return followed
  }
  const active = async () => {
    const metrics = await (await fetch(`${edge.opsOrigin}/metrics`)).text()
    const found = metrics.matchAll(/^gateway_subscriptions_active\{.*\} (\d+)$/gm)
    return [...found].reduce((sum, [, n]) => sum + Number(n), 0)
  }

  it('a subscriber is told each event, the rest of it by other subgraphs, and its place', async () => {
    const from = toy.write('before')
    const seen = subscribe(notes)
    await waitFor('the first question', () => toy.asked.length > 0)
    toy.write('one')
    toy.write('two')
    await waitFor('two events', () => seen.results.length === 2)
    expect(seen.results).toEqual([
      {
        data: { notes: { seq: from + 1, text: 'one', author: { name: expect.any(String) } } },
        extensions: { lastEventId: String(from + 1) },
      },
      expect.objectContaining({ data: { notes: expect.objectContaining({ text: 'two' }) } }),
    ])
    expect([seen.isComplete, seen.error]).toEqual([false, undefined])
  })

  it('queries and mutations go the same way, and are complete with one answer', async () => {
    const query = subscribe('{ authors { name } }')
    const mutation = subscribe('mutation { write(text: "x") { text } }')
    await waitFor('both to be complete', () => query.isComplete && mutation.isComplete)
    expect(query.results).toEqual([{ data: { authors: [{ name: 'Ada' }, { name: 'Ben' }] } }])
    expect(mutation.results).toEqual([{ data: { write: { text: 'x' } } }])
  })

  it('who comes again is told what follows the last event that it has, however many pages that takes', async () => {
    toy.pageMax = 3
    const first = toy.write('first')
    for (let i = 0; i < 10; i += 1) toy.write(`later ${i}`)
    const expected = Array.from({ length: 10 }, (_, i) => first + 1 + i)
    const byArgument = subscribe(notes, { variables: { after: first } })
    const byExtension = subscribe(notes, { variables: { after: 0 }, extensions: { lastEventId: String(first) } })
    await waitFor('all', () => byArgument.results.length >= 10 && byExtension.results.length >= 10)
    expect(seqs(byArgument.results)).toEqual(expected)
    expect(seqs(byExtension.results)).toEqual(expected)
  })

  it('a stream of a subgraph that knows no pages is handed on until it ends', async () => {
    const seen = subscribe('subscription { ticks { n author { name } } }')
    await waitFor('the stream', () => toy.streams() === 1)
    toy.tick()
    toy.tick()
    await waitFor('two ticks', () => seen.results.length === 2)
    expect(seen.results[0]).toEqual({ data: { ticks: { n: expect.any(Number), author: { name: 'Ada' } } } })
    toy.endStreams('complete')
    await waitFor('the end', () => seen.isComplete)
    expect(seen.results).toHaveLength(2)
  })

  it('who leaves is forgotten, by the gateway and by the subgraph', async () => {
    const [pages, stream] = [subscribe(notes), subscribe('subscription { ticks { n } }')]
    await waitFor('both', async () => (await active()) === 2 && toy.streams() === 1)
    pages.leave()
    stream.leave()
    await waitFor('none', async () => (await active()) === 0 && toy.streams() === 0)
  })

  it('a stream that breaks off ends the subscription with SUBGRAPH_UNAVAILABLE', async () => {
    const seen = subscribe('subscription { ticks { n } }')
    await waitFor('the stream', () => toy.streams() === 1)
    toy.endStreams('crash')
    await waitFor('the end', () => seen.isComplete)
    expect(seen.results.map(({ errors }) => errors?.[0]?.extensions.code)).toEqual(['SUBGRAPH_UNAVAILABLE'])
  })

  it('a refusal of the subgraph, at once or later, is told in its own words and ends the subscription', async () => {
    const refusal = { message: 'No such run.', extensions: { code: 'NOT_FOUND', stacktrace: ['secret'] } }
    const running = subscribe(notes)
    await waitFor('the first question', () => toy.asked.length > 0)
    toy.refusal = refusal
    const refused = subscribe(notes)
    await waitFor('both ends', () => running.isComplete && refused.isComplete)
    for (const { results } of [running, refused])
      expect(results).toEqual([
        { errors: [expect.objectContaining({ message: 'No such run.', extensions: { code: 'NOT_FOUND' } })] },
      ])
  })

  it('a subgraph that is away for a while makes events late, and loses none', async () => {
    const first = toy.write('first')
    const seen = subscribe(notes, { variables: { after: first } })
    await waitFor('the first question', () => toy.asked.length > 0)
    const { answer } = toy.press
    toy.press.answer = (reply) => void reply.destroy()
    toy.write('while away')
    await waitFor('a failure', async () =>
      /questions_total\{answer="none".*\} [1-9]/.test(await (await fetch(`${edge.opsOrigin}/metrics`)).text()),
    )
    toy.press.answer = answer
    await waitFor('the event', () => seen.results.length === 1)
    expect(seqs(seen.results)).toEqual([first + 1])
  })

  it('who has too many subscriptions is refused, and none of the others suffers', async () => {
    const some = Array.from({ length: 20 }, () => subscribe(notes))
    await waitFor('twenty', async () => (await active()) === 20)
    const one = subscribe(notes)
    await waitFor('a refusal', () => one.error !== undefined)
    expect(saidOf(one.error)).toMatch(/429|1013 RATE_LIMITED/)
    expect(await active()).toBe(20)
    for (const each of some) each.leave()
    await waitFor('none', async () => (await active()) === 0)
  })
})
