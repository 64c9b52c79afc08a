import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Caller } from '#platform/caller/caller'
import { newId } from '#platform/id'
import {
  type Agents,
  claimed,
  ended,
  newAgent,
  newPlace,
  newRun,
  openAgents,
  type Place,
  sql,
} from '../../../tests/kit/agents.ts'
import { memberCaller } from '../../../tests/kit/organizations.ts'
import { runPermissions } from './run.permissions.ts'
import { loadVisibleRun } from './run.queries.ts'
import { startRun } from './start-run.ts'

let subgraph: Agents
beforeAll(async () => {
  subgraph = await openAgents()
})
afterAll(() => subgraph.close())

const holding = (place: Place, scopes: readonly string[], more: Partial<Caller> = {}): Caller => ({
  ...memberCaller(place.organizationId, []),
  scopes,
  ...more,
})
const started = async (place: Place, by: Caller) => {
  const agent = await newAgent(place)
  return (await startRun(subgraph.ctxFor(by), { agentId: agent.id, input: { by: by.userId } })).id
}
const list = (caller: Caller, filter = '') =>
  subgraph.ask(caller, `{ runs${filter} { totalCount edges { node { id input } } } }`)
const codeOf = (answer: { errors?: readonly { extensions: { code: string } }[] }) => answer.errors?.[0]?.extensions.code

describe('who may start runs but not read them', () => {
  test('reads those that they started, by name and in a list that pages and counts', async () => {
    const place = newPlace(subgraph)
    const starter = holding(place, ['run:start'])
    await newRun(place)
    const own = [await started(place, starter), await started(place, starter)]
    await newRun(place)
    const answer = await subgraph.ask(starter, `{ run(id: "${own[0]}") { id status input startedBy { id } } }`)
    expect(answer.data?.run).toMatchObject({ input: { by: starter.userId }, startedBy: { id: starter.userId } })
    const runs = own.toReversed().map((id) => ({ node: { id, input: { by: starter.userId } } }))
    expect((await list(starter)).data?.runs).toEqual({ totalCount: 2, edges: runs })
    expect((await list(starter, '(first: 1, status: QUEUED)')).data?.runs).toEqual({ totalCount: 2, edges: [runs[0]] })
    expect((await list(starter, '(status: FAILED)')).data?.runs).toEqual({ totalCount: 0, edges: [] })
    expect((await list(place.viewer)).data?.runs).toMatchObject({ totalCount: 4 })
  })

  test('hears of others’ runs what they hear of missing ones', async () => {
    const place = newPlace(subgraph)
    const starter = holding(place, ['run:start'])
    const others = await newRun(place)
    const words = async (id: string, text: string) => JSON.stringify(await subgraph.ask(starter, text, { id }))
    for (const text of [
      'query ($id: ID!) { run(id: $id) { id } }',
      'mutation ($id: ID!) { cancelRun(input: { runId: $id }) { id } }',
    ]) {
      expect(await words(others.id, text)).toContain('NOT_FOUND')
      expect(await words(others.id, text)).toBe(await words(newId(), text))
      expect(await words(others.id, text)).toBe(await words('no id', text))
    }
    expect((await list(starter, `(agentId: "${others.agentId}")`)).data?.runs).toEqual({ totalCount: 0, edges: [] })
  })

  test('ends those that they started, and no other', async () => {
    const place = newPlace(subgraph)
    const starter = holding(place, ['run:start', 'run:read'])
    const [own, others] = [await started(place, starter), (await newRun(place)).id]
    const running = await claimed(place, await started(place, starter))
    const cancel = (id: string) => subgraph.ask(starter, `mutation { cancelRun(input: { runId: "${id}" }) { status } }`)
    expect((await cancel(own)).data?.cancelRun).toEqual({ status: 'CANCELLED' })
    expect((await cancel(running.runId)).data?.cancelRun).toEqual({ status: 'RUNNING' })
    // They see it, so they are told that it is not theirs to end.
    expect(codeOf(await cancel(others))).toBe('FORBIDDEN')
    await ended(place, await claimed(place, others), { status: 'SUCCEEDED', output: 1 })
    expect(codeOf(await cancel(others))).toBe('FORBIDDEN')
    expect(await sql(subgraph, place, 'select id from agents.run where cancel_requested_at is not null')).toEqual([
      { id: running.runId },
    ])
  })
})

test('a key, or an agent, reads the runs of its user only if it may itself start or read runs', async () => {
  const place = newPlace(subgraph)
  const person = holding(place, [])
  await started(place, person)
  const mine = (caller: Caller) =>
    subgraph.ask(
      caller,
      'query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { runs { edges { node { input } } } } } }',
      { r: [{ __typename: 'User', id: person.userId }] },
    )
  const seen = async (caller: Caller) => {
    const { data } = await mine(caller)
    return JSON.stringify(data) !== '{"_entities":[{"runs":null}]}' && JSON.stringify(data).includes('"by"')
  }
  for (const acting of [{ apiKeyId: newId() }, { agentId: newId(), runId: newId() }]) {
    const withScopes = (...scopes: string[]) => seen({ ...person, ...acting, scopes })
    expect([await withScopes(), await withScopes('agent:read'), await withScopes('run:start')]).toEqual([
      false,
      false,
      true,
    ])
  }
  expect(await seen(person)).toBe(true)
})

test('what the lists leave out by their statement is what the rule refuses by the row', async () => {
  const place = newPlace(subgraph)
  const scopes = [['run:start'], ['run:read'], ['run:start', 'run:read'], ['run:start', 'run:inspect']]
  const acting: Partial<Caller>[] = [{}, { apiKeyId: newId() }, { agentId: newId(), runId: newId() }]
  const callers = scopes.flatMap((some) => acting.map((more) => holding(place, some, more)))
  const ids = [(await newRun(place)).id]
  for (const caller of callers.filter((each) => each.scopes.includes('run:start')))
    ids.push(await started(place, caller))
  const rule = runPermissions.Run?.['*']
  for (const caller of callers) {
    const rows = await sql<{ id: string; startedBy: string }>(
      subgraph,
      place,
      'select id, started_by as "startedBy" from agents.run order by id desc',
    )
    const isOpen = rule?.row?.(caller)
    const open = rows.filter((row) => rule?.allows(caller) || (isOpen ? isOpen(row) : false)).map(({ id }) => id)
    const { data } = await subgraph.ask(caller, '{ runs(first: 100) { edges { node { id } } } }')
    const listed = data?.runs as unknown as { edges: { node: { id: string } }[] } | undefined
    expect(listed?.edges.map(({ node }) => node.id)).toEqual(open)
    const ctx = subgraph.ctxFor(caller)
    subgraph.statements.length = 0
    const named = await Promise.all(ids.map((id) => loadVisibleRun(ctx, id)))
    expect(named.flatMap((run) => run?.id ?? []).toSorted()).toEqual(open.toSorted())
    expect(subgraph.statements.filter((statement) => /\bfrom\b/.test(statement))).toHaveLength(1)
  }
})
