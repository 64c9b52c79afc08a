import { graphql } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { federate } from '#platform/graphql/federate'
import { type Agents, newAgent, newPlace, openAgents, sql } from '../../../tests/kit/agents.ts'
import { agents } from '../subgraph.ts'

let subgraphs: Agents[]
let schema: Awaited<ReturnType<typeof federate>>['schema']
beforeAll(async () => {
  subgraphs = [await openAgents(), await openAgents()]
  schema = (await federate(agents)).schema
})
afterAll(() => Promise.all(subgraphs.map((subgraph) => subgraph.close())))

test('100 starts at the same time with one key, over two subgraphs, are one run; another input is a conflict', async () => {
  const [one] = subgraphs as [Agents]
  const place = newPlace(one)
  const agent = await newAgent(place)
  const start = async (n: number, input: object) => {
    const answer = await graphql({
      schema,
      source: 'mutation ($input: StartRunInput!) { startRun(input: $input) { id } }',
      variableValues: { input: { agentId: agent.id, input, idempotencyKey: 'order-1' } },
      contextValue: (subgraphs[n % 2] as Agents).ctxFor(place.owner),
    })
    const { code } = (answer.errors?.[0]?.originalError ?? {}) as { code?: string }
    return code ?? (answer.data?.startRun as { id: string } | undefined)?.id
  }
  const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => start(n, { name: 'you' })))
  expect(new Set(answers).size).toBe(1)
  expect(await sql(one, place, 'select id from agents.run')).toEqual([{ id: answers[0] }])
  expect(await start(1, { name: 'me' })).toBe('RUN_IDEMPOTENCY_CONFLICT')
})
