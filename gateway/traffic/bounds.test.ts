import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { answerData, openSubgraphServer } from '../../tests/kit/subgraph-server.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'

const kinds = (settled: readonly PromiseSettledResult<unknown>[]) =>
  settled.map((one) => (one.status === 'rejected' ? one.reason.kind : 'ok'))
const off = { DEDUPLICATE: 'off' }

describe('a subgraph that hangs', () => {
  it('costs its own time and no more', async () => {
    const { ask } = await openSubgraphServer(() => undefined, { ...off, SUBGRAPH_TIMEOUTS: 'x=50' })
    const began = performance.now()
    await expect(ask()).rejects.toMatchObject({ kind: 'timeout' })
    expect(performance.now() - began).toBeLessThan(2_000)
  })

  it('costs no more than is left of the operation', async () => {
    const { ask } = await openSubgraphServer(() => undefined, off)
    await expect(ask({}, { deadline: performance.now() + 50 })).rejects.toMatchObject({ kind: 'timeout' })
    await expect(ask({}, { deadline: performance.now() - 1 })).rejects.toMatchObject({ kind: 'timeout' })
  })

  it('holds a bounded number of fetches: what is beyond the queue is refused at once', async () => {
    const replies: ServerResponse[] = []
    const bounds = { SUBGRAPH_CONNECTIONS: '2', SUBGRAPH_QUEUE: '3' }
    const { ask, metric } = await openSubgraphServer((reply) => void replies.push(reply), { ...off, ...bounds })
    const held = Array.from({ length: 5 }, () => ask())
    const began = performance.now()
    expect(kinds(await Promise.allSettled([ask(), ask()]))).toEqual(['overloaded', 'overloaded'])
    expect(performance.now() - began).toBeLessThan(500)
    expect(await metric('gateway_subgraph_fetches')).toEqual([2, 3])
    for (let answered = 0; answered < 5; answered += 1) {
      await waitFor('the next request', () => replies.length > answered)
      expect(replies.length).toBeLessThanOrEqual(answered + 2)
      answerData(replies[answered] as ServerResponse)
    }
    expect(kinds(await Promise.allSettled(held))).toEqual(['ok', 'ok', 'ok', 'ok', 'ok'])
    expect(await metric('gateway_subgraph_fetches')).toEqual([0, 0])
  })

  it('is left by who waits for a turn, when the time is over or the client goes', async () => {
    const bounds = { SUBGRAPH_CONNECTIONS: '1', SUBGRAPH_TIMEOUT_MS: '300' }
    const { ask, metric } = await openSubgraphServer(() => undefined, { ...off, ...bounds })
    const gone = new AbortController()
    const asked = [
      ask(),
      ask(),
      ask({}, { clientGone: gone.signal }),
      ask({ kind: 'mutation' }, { clientGone: gone.signal }),
    ]
    gone.abort()
    expect(kinds(await Promise.allSettled(asked))).toEqual(['timeout', 'timeout', 'client_gone', 'timeout'])
    expect(await metric('gateway_subgraph_fetches')).toEqual([0, 0])
  })
})

describe('a subgraph that keeps failing', () => {
  it('is not asked any more: what it would answer is refused at once, and said so', async () => {
    let asked = 0
    const { ask, metric, subgraphs } = await openSubgraphServer((reply) => {
      asked += 1
      reply.writeHead(500).end()
    }, off)
    for (let i = 0; i < 20; i += 1) await expect(ask()).rejects.toMatchObject({ kind: 'bad_answer' })
    await expect(ask()).rejects.toMatchObject({ kind: 'open' })
    await expect(ask({ kind: 'mutation' })).rejects.toMatchObject({ kind: 'open' })
    expect([asked, await metric('gateway_subgraph_breaker_state')]).toEqual([20, [2]])
    expect(subgraphs.all[0]?.breaker.state).toBe('open')
  })

  it('is asked again when it is well', async () => {
    let well = false
    const { ask, metric } = await openSubgraphServer(
      (reply) => (well ? answerData(reply) : void reply.writeHead(500).end()),
      off,
    )
    for (let i = 0; i < 20; i += 1) await ask().catch(() => undefined)
    well = true
    await waitFor('the breaker', () =>
      ask().then(
        () => true,
        () => false,
      ),
    )
    expect(await metric('gateway_subgraph_breaker_state')).toEqual([0])
  })

  it('is one that fails whatever it is asked: refusals, nonsense and clients that leave do not count', async () => {
    let what = 0
    const gone = new AbortController()
    const { ask } = await openSubgraphServer((reply) => {
      what += 1
      if (what % 3 === 0) reply.writeHead(200).end('{}')
      else reply.end('{"data":null,"errors":[{"message":"no"}]}')
    }, off)
    for (let i = 0; i < 60; i += 1) await ask().catch(() => undefined)
    gone.abort()
    for (let i = 0; i < 60; i += 1) await ask({}, { clientGone: gone.signal }).catch(() => undefined)
    expect(await ask()).toMatchObject({ errors: [{ message: 'no' }] })
  })
})
