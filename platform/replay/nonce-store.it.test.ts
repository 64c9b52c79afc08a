import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { type Agents, newPlace, openAgents, sql } from '../../tests/kit/agents.ts'
import { signRequest } from '../caller/message-signature.ts'
import { newId } from '../id.ts'
import { openNonceStore } from './nonce-store.ts'

let subgraph: Agents
let other: Agents
beforeAll(async () => {
  subgraph = await openAgents()
  other = await openAgents()
})
afterAll(() => Promise.all([subgraph.close(), other.close()]))

/** A request as it was on the wire: sent as often as somebody likes, to whichever process. */
function recorded(query: string, variables = {}) {
  const place = newPlace(subgraph)
  const body = JSON.stringify({ query, variables })
  const { requestKey } = subgraph.config
  const signed = signRequest({ method: 'POST', path: '/graphql', body }, place.owner, 'agents', requestKey)
  const headers = { ...signed, 'content-type': 'application/json' }
  const send = async (to: Agents) => {
    const answer = await fetch(`${to.url}/graphql`, { method: 'POST', headers, body })
    return { status: answer.status, body: (await answer.json()) as object }
  }
  return { place, send }
}

const create = () => recorded(`mutation { createAgent(input: { name: "Agent ${newId()}", description: "" }) { id } }`)

describe('a signed mutation', () => {
  test('that was executed by one process is refused by another, before anything is executed', async () => {
    const { place, send } = create()
    expect((await send(subgraph)).status).toBe(200)
    expect(await send(other)).toMatchObject({
      status: 401,
      body: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
    })
    expect(await sql(subgraph, place, 'select 1 from agents.agent')).toHaveLength(1)
  })

  test('is refused by a process that was started since', async () => {
    const { send } = create()
    const first = await openAgents()
    expect((await send(first)).status).toBe(200)
    await first.close()
    const restarted = await openAgents()
    expect((await send(restarted)).status).toBe(401)
    await restarted.close()
  })

  test('that reaches many processes at once is executed by one', async () => {
    const { place, send } = create()
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => send(i % 2 === 0 ? subgraph : other)))
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...Array(7).fill(401)])
    expect(await sql(subgraph, place, 'select 1 from agents.agent')).toHaveLength(1)
  })

  test('is refused after a minute by its time alone', async () => {
    const { send } = create()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
    try {
      expect((await send(subgraph)).status).toBe(401)
    } finally {
      vi.useRealTimers()
    }
  })
})

test('a query’s nonce costs no statement: another process answers it once more, within its 30 seconds', async () => {
  const { send } = recorded('{ agents { totalCount } }')
  const statuses = [await send(subgraph), await send(subgraph), await send(other)].map((answer) => answer.status)
  expect(statuses).toEqual([200, 401, 200])
})

describe('the store', () => {
  const now = () => Math.floor(Date.now() / 1000)
  const stored = async () => {
    const rows = await subgraph.db.orm.em
      .fork()
      .execute<{ ended: string }[]>(
        `select count(*) as ended from agents.used_nonce where expires_at < now() - interval '1 minute'`,
      )
    return Number(rows[0]?.ended)
  }

  test('takes away what has ended, and nothing that has not', async () => {
    const nonce = newId()
    const store = openNonceStore(subgraph.db)
    expect(await store.firstUse({ nonce, expires: now() - 30 })).toBe(true)
    for (let i = 0; i < 10; i += 1) await store.firstUse({ nonce: newId(), expires: now() - 3600 })
    for (let i = 0; i < 100; i += 1) await store.firstUse({ nonce: newId(), expires: now() + 30 })
    expect(await stored()).toBe(0)
    expect(await store.firstUse({ nonce, expires: now() - 30 })).toBe(false)
  })

  test('sends one statement for a use', async () => {
    const store = openNonceStore(subgraph.db)
    await store.firstUse({ nonce: newId(), expires: now() + 30 })
    const before = subgraph.statements.length
    await store.firstUse({ nonce: newId(), expires: now() + 30 })
    expect(subgraph.statements.length - before).toBe(1)
  })

  test('cannot be read or changed by another subgraph', async () => {
    const { AUDIT_DATABASE_URL } = inject('environment')
    const { Client } = await import('pg')
    const audit = new Client({ connectionString: AUDIT_DATABASE_URL ?? '' })
    await audit.connect()
    await expect(audit.query('delete from agents.used_nonce')).rejects.toThrow(/permission denied/)
    await audit.end()
  })
})
