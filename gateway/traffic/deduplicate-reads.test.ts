import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { anonymousCaller, type Caller } from '#platform/caller/caller'
import { answerData, openSubgraphServer } from '../../tests/kit/subgraph-server.ts'
import { waitFor } from '../../tests/kit/wait-for.ts'

const caller: Caller = {
  ...anonymousCaller('192.0.2.1', 'browser'),
  kind: 'user',
  userId: 'u1',
  organizationId: 'o1',
  scopes: ['agent:read'],
  roles: ['viewer'],
  sessionId: 's1',
}

/** A subgraph that holds every request until it is told. */
async function holding(variables: Record<string, string> = {}) {
  const held: { reply: ServerResponse; closed: boolean }[] = []
  const server = await openSubgraphServer((reply) => {
    const one = { reply, closed: false }
    reply.once('close', () => {
      one.closed = !reply.writableFinished
    })
    held.push(one)
  }, variables)
  const answerAll = async (count: number, data: unknown = { a: { list: [{ b: 1 }] } }) => {
    await waitFor(`${count} requests`, () => held.length >= count)
    for (const { reply } of held) answerData(reply, data)
  }
  return { ...server, held, answerAll }
}
const signed = { SUBGRAPH_KEYS: `x=${Buffer.alloc(32, 7).toString('base64')}` }

describe('equal reads at the same time', () => {
  it('are asked once, and each asker gets an answer of its own', async () => {
    const { ask, answerAll, held, metric } = await holding()
    const asked = [ask(), ask(), ask()]
    await answerAll(1)
    const answers = await Promise.all(asked)
    const [first] = answers
    const { a } = { ...first?.data } as { a: { list: unknown[] } }
    a.list.push('merged')
    expect(answers.slice(1)).toEqual([1, 2].map(() => ({ ...first, data: { a: { list: [{ b: 1 }] } } })))
    expect(answers[1]?.data).not.toBe(answers[2]?.data)
    expect([held.length, await metric('gateway_subgraph_reads_joined_total')]).toEqual([1, [2]])
  })

  it('fail together', async () => {
    const { ask, held } = await holding()
    const asked = [ask(), ask()]
    await waitFor('the request', () => held.length === 1)
    held[0]?.reply.writeHead(500).end()
    const settled = await Promise.allSettled(asked)
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(held).toHaveLength(1)
  })

  it('end when their last client has left, not before', async () => {
    const { ask, held, answerAll } = await holding()
    const clients = [new AbortController(), new AbortController()]
    const asked = clients.map(({ signal }) => ask({}, { clientGone: signal }))
    await waitFor('the request', () => held.length === 1)
    clients[0]?.abort()
    await expect(asked[0]).rejects.toMatchObject({ kind: 'client_gone' })
    await ask({ query: '{ other }' }, { deadline: performance.now() + 100 }).catch(() => undefined)
    expect(held[0]?.closed).toBe(false)
    clients[1]?.abort()
    await expect(asked[1]).rejects.toMatchObject({ kind: 'client_gone' })
    await waitFor('the end of the request', () => held[0]?.closed === true)
    const anew = ask()
    await answerAll(3)
    expect(await anew).toMatchObject({ data: { a: {} } })
  })

  it('are not joined by who asks after a mutation', async () => {
    const { ask, held } = await holding()
    const before = ask()
    await waitFor('the read', () => held.length === 1)
    const mutation = ask({ kind: 'mutation', query: 'mutation { a }' })
    await waitFor('the mutation', () => held.length === 2)
    answerData(held[1]?.reply as ServerResponse, { a: 'changed' })
    await mutation
    const after = ask()
    await waitFor('the read after it', () => held.length === 3)
    answerData(held[0]?.reply as ServerResponse, { a: 'old' })
    answerData(held[2]?.reply as ServerResponse, { a: 'new' })
    expect((await Promise.all([before, after])).map(({ data }) => data)).toEqual([{ a: 'old' }, { a: 'new' }])
  })

  it('that are mutations are each asked', async () => {
    const { ask, answerAll, held } = await holding()
    const asked = [ask({ kind: 'mutation' }), ask({ kind: 'mutation' })]
    await answerAll(2)
    await Promise.all(asked)
    expect(held).toHaveLength(2)
  })

  it('are each asked with DEDUPLICATE=off', async () => {
    const { ask, answerAll, held } = await holding({ DEDUPLICATE: 'off' })
    const asked = [ask(), ask()]
    await answerAll(2)
    await Promise.all(asked)
    expect(held).toHaveLength(2)
  })

  it.each(Object.keys(caller) as (keyof Caller)[])('are two when their callers differ in %s', async (name) => {
    const other = { ...caller, [name]: Array.isArray(caller[name]) ? ['other'] : 'other' } as Caller
    const { ask, answerAll, held } = await holding(signed)
    const asked = [ask({}, { caller }), ask({}, { caller: { ...caller } }), ask({}, { caller: other })]
    await answerAll(2)
    await Promise.all(asked)
    expect(held).toHaveLength(2)
  })

  it('are two when the Authorization that is handed on differs, or what is asked', async () => {
    const { ask, answerAll, held } = await holding()
    const asked = [
      ask(),
      ask({}, { authorization: 'Basic YQ==' }),
      ask({}, { authorization: 'Basic Yg==' }),
      ask({ query: '{ b }' }),
      ask({ variables: { v: 1 } }),
      ask({ operationName: 'n' }),
    ]
    await answerAll(6)
    await Promise.all(asked)
    expect(held).toHaveLength(6)
  })
})
