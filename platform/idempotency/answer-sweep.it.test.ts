import { Pool } from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Agents, newPlace, openAgents, sql } from '../../tests/kit/agents.ts'
import { newId } from '../id.ts'
import { removeEndedAnswers } from './answer-sweep.ts'

let subgraph: Agents
let sweep: Pool
beforeAll(async () => {
  subgraph = await openAgents()
  sweep = new Pool({ connectionString: inject('environment').SWEEP_DATABASE_URL, max: 1 })
})
afterAll(async () => {
  await sweep.end()
  await subgraph.close()
})

const create = 'mutation ($input: CreateAgentInput!) { createAgent(input: $input) { id } }'

test('ended answers go, of every organization and batch by batch; the others stay', async () => {
  const places = [newPlace(subgraph), newPlace(subgraph)]
  for (const place of places) {
    for (let i = 0; i < 3; i += 1)
      await subgraph.ask(place.owner, create, { input: { name: newId(), description: '' } }, newId())
    const [first] = await sql<{ id: string }>(subgraph, place, 'select id from agents.kept_answer order by id')
    await sql(subgraph, place, 'update agents.kept_answer set expires_at = now() where id <> ?::uuid', [first?.id])
  }
  expect(await removeEndedAnswers(sweep, ['agents'], 2)).toBeGreaterThanOrEqual(4)
  for (const place of places) expect(await sql(subgraph, place, 'select id from agents.kept_answer')).toHaveLength(1)
})

test('the sweep sees no answer, and none that has not ended, which it cannot remove either', async () => {
  const place = newPlace(subgraph)
  await subgraph.ask(place.owner, create, { input: { name: newId(), description: '' } }, newId())
  await expect(sweep.query('select answer from agents.kept_answer')).rejects.toThrow(/permission denied/)
  const own = 'organization_id = $1'
  expect((await sweep.query(`select id from agents.kept_answer where ${own}`, [place.organizationId])).rows).toEqual([])
  expect((await sweep.query(`delete from agents.kept_answer where ${own}`, [place.organizationId])).rowCount).toBe(0)
})
