import { describe, expect, it } from 'vitest'
import { answerData, type Behaviour, openSubgraphServer } from '../../tests/kit/subgraph-server.ts'
import { RetryBudget } from './retry-budget.ts'

/** Fails so many times, then answers. */
function failing(times: number, fail: Behaviour) {
  const seen: string[] = []
  const behaviour: Behaviour = (reply, body, request) => {
    seen.push(body)
    if (seen.length <= times) fail(reply, body, request)
    else answerData(reply)
  }
  return { seen, behaviour }
}
const status =
  (code: number, headers = {}): Behaviour =>
  (reply) =>
    void reply.writeHead(code, headers).end()
const cut: Behaviour = (reply) => void reply.destroy()

describe('a read', () => {
  it.each([
    ['a lost connection', cut],
    ['502', status(502)],
    ['503', status(503)],
    ['504', status(504)],
  ])('is tried again after %s, at most twice', async (_what, fail) => {
    const twice = failing(2, fail)
    const { ask, metric } = await openSubgraphServer(twice.behaviour)
    expect(await ask()).toMatchObject({ data: { a: 1 } })
    expect([twice.seen.length, await metric('gateway_subgraph_retries_total')]).toEqual([3, [2]])

    const thrice = failing(3, fail)
    await expect((await openSubgraphServer(thrice.behaviour)).ask()).rejects.toThrow()
    expect(thrice.seen).toHaveLength(3)
  })

  it.each([
    ['another status', status(500)],
    ['nonsense', (reply) => void reply.end('<html>')],
    ['a GraphQL error', (reply) => void reply.end('{"data":null,"errors":[{"message":"no"}]}')],
  ] satisfies [string, Behaviour][])('is not tried again after %s', async (_what, fail) => {
    const once = failing(1, fail)
    await (await openSubgraphServer(once.behaviour)).ask().catch(() => undefined)
    expect(once.seen).toHaveLength(1)
  })

  it('that timed out is not tried again', async () => {
    const silent = failing(1, () => undefined)
    const { ask } = await openSubgraphServer(silent.behaviour, { SUBGRAPH_TIMEOUT_MS: '50' })
    await expect(ask()).rejects.toMatchObject({ kind: 'timeout' })
    expect(silent.seen).toHaveLength(1)
  })

  it('waits as long as the subgraph asks for, when the operation has the time', async () => {
    const busy = failing(1, status(503, { 'retry-after': '1' }))
    const { ask } = await openSubgraphServer(busy.behaviour)
    const began = performance.now()
    expect(await ask({}, { deadline: began + 5_000 })).toMatchObject({ data: { a: 1 } })
    expect(performance.now() - began).toBeGreaterThan(1_000)

    const longer = failing(1, status(503, { 'retry-after': '60' }))
    const other = await openSubgraphServer(longer.behaviour)
    await expect(other.ask({}, { deadline: performance.now() + 5_000 })).rejects.toMatchObject({ status: 503 })
    expect(longer.seen).toHaveLength(1)
  })

  it('is not tried again for a client that has gone', async () => {
    const gone = new AbortController()
    const busy = failing(1, (reply) => {
      reply.writeHead(503, { 'retry-after': '2' }).end()
      setTimeout(() => gone.abort(), 20)
    })
    const { ask } = await openSubgraphServer(busy.behaviour)
    await expect(ask({}, { clientGone: gone.signal })).rejects.toMatchObject({ status: null, kind: 'client_gone' })
    expect(busy.seen).toHaveLength(1)
  })
})

it.each([cut, status(503)])('a mutation is never tried again', async (fail) => {
  const { seen, behaviour } = failing(1, fail)
  await expect((await openSubgraphServer(behaviour)).ask({ kind: 'mutation' })).rejects.toThrow()
  expect(seen).toHaveLength(1)
})

describe('further tries', () => {
  it('are a tenth of the first ones, beside the few that may come together', () => {
    const budget = new RetryBudget(0.1, 10)
    let spent = 0
    for (let i = 0; i < 1_000; i += 1) {
      budget.earn()
      if (budget.spend()) spent += 1
    }
    expect(spent).toBeGreaterThanOrEqual(100)
    expect(spent).toBeLessThanOrEqual(110)
  })

  it('do not multiply what a subgraph is asked while it is down', async () => {
    const down = failing(Number.POSITIVE_INFINITY, status(503))
    const { ask } = await openSubgraphServer(down.behaviour, { DEDUPLICATE: 'off' })
    for (let i = 0; i < 15; i += 1) await ask().catch(() => undefined)
    expect(down.seen.length).toBeLessThanOrEqual(15 + 11)
  })
})
