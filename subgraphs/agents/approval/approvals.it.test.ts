import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Caller } from '#platform/caller/caller'
import { newId } from '#platform/id'
import { type Agents, newPlace, openAgents, outbox, type Place } from '../../../tests/kit/agents.ts'
import { newApproval } from '../../../tests/kit/approvals.ts'
import { memberCaller } from '../../../tests/kit/organizations.ts'
import { requestApprovals } from './request-approvals.ts'

let subgraph: Agents
beforeAll(async () => {
  subgraph = await openAgents()
})
afterAll(() => subgraph.close())

const holding = (place: Place, ...scopes: string[]): Caller => ({ ...memberCaller(place.organizationId, []), scopes })
const codeOf = (answer: { errors?: readonly { extensions: { code: string } }[] }) => answer.errors?.[0]?.extensions.code

const list = (caller: Caller, filter = '') =>
  subgraph.ask(caller, `{ approvals${filter} { totalCount edges { node { id status } } } }`)
const decide = (caller: Caller, approvalId: string, more: object = {}) =>
  subgraph.ask(
    caller,
    `mutation ($input: DecideApprovalInput!) {
       decideApproval(input: $input) { status settledAt decisions { decision comment user { id } } }
     }`,
    { input: { approvalId, decision: 'APPROVE', ...more } },
  )

test('a commit that asks is stored once, however often it is sent, and so is its record', async () => {
  const place = newPlace(subgraph)
  const { run, commit } = await newApproval(place)
  expect(await requestApprovals(place.system(), run, commit)).toMatchObject({ repeated: true })
  expect((await list(place.owner)).data?.approvals).toMatchObject({ totalCount: 1 })
  const requested = (await outbox(subgraph, place)).filter(({ data }) => data.action === 'approval.requested')
  expect(requested).toHaveLength(1)
})

test('an owner who lost the run asks nobody', async () => {
  const place = newPlace(subgraph)
  const { run, commit } = await newApproval(place)
  const late = { ...commit, number: 2, approvals: [{ ...commit.approvals[0], id: newId() }] } as typeof commit
  await expect(requestApprovals(place.system(), { ...run, epoch: run.epoch - 1 }, late)).rejects.toMatchObject({
    code: 'RUN_LEASE_LOST',
  })
  expect((await list(place.owner)).data?.approvals).toMatchObject({ totalCount: 1 })
})

describe('approvals', () => {
  test('are listed by status and run, to those who decide or read runs; to who starts runs, those of their own', async () => {
    const place = newPlace(subgraph)
    const [one, two] = [await newApproval(place), await newApproval(place)]
    await decide(holding(place, 'approval:decide'), one.id)
    const totals = async (caller: Caller, filter?: string) => (await list(caller, filter)).data?.approvals
    expect(await totals(holding(place, 'approval:decide'))).toMatchObject({ totalCount: 2 })
    expect(await totals(holding(place, 'run:read'), '(status: PENDING)')).toMatchObject({
      totalCount: 1,
      edges: [{ node: { id: two.id } }],
    })
    expect(await totals(place.owner, `(runId: "${one.runId}")`)).toMatchObject({
      edges: [{ node: { id: one.id, status: 'APPROVED' } }],
    })
    expect(await totals(holding(place, 'run:start'))).toMatchObject({ totalCount: 0 })
    expect(await totals(memberCaller(newId(), ['owner']))).toMatchObject({ totalCount: 0 })
    expect(codeOf(await list(holding(place, 'agent:read')))).toBe('FORBIDDEN')
  })

  test('show what production works with to those who decide, and to those who may inspect runs', async () => {
    const place = newPlace(subgraph)
    const { id } = await newApproval(place)
    const shown = (caller: Caller) => subgraph.ask(caller, '{ approvals { edges { node { shown } } } }')
    for (const scopes of [['approval:decide'], ['run:read', 'run:inspect']])
      expect(JSON.stringify(await shown(holding(place, ...scopes)))).toContain('canary')
    expect(JSON.stringify(await shown(holding(place, 'run:read')))).not.toContain('canary')
    const one = await subgraph.ask(place.owner, 'query ($id: ID!) { approval(id: $id) { shown } }', { id })
    expect(one.data?.approval).toEqual({ shown: { iban: 'canary' } })
  })

  test('of another organization are answered as missing ones', async () => {
    const { id } = await newApproval(newPlace(subgraph))
    const outsider = memberCaller(newId(), ['owner'])
    const answers = [id, newId()].map(async (each) => {
      const read = await subgraph.ask(outsider, 'query ($id: ID!) { approval(id: $id) { id } }', { id: each })
      return JSON.stringify([read.errors?.[0]?.message, (await decide(outsider, each)).errors?.[0]?.message])
    })
    const [foreign, missing] = await Promise.all(answers)
    expect(foreign).toBe(missing)
  })

  test('are decided by holders of approval:decide alone, and answer with who decided what', async () => {
    const place = newPlace(subgraph)
    const { id } = await newApproval(place)
    expect(codeOf(await decide(holding(place, 'run:read', 'run:start'), id))).toBe('FORBIDDEN')
    const decider = holding(place, 'approval:decide')
    const answer = await decide(decider, id, { comment: 'Fine.' })
    expect(answer.data?.decideApproval).toMatchObject({
      status: 'APPROVED',
      decisions: [{ decision: 'APPROVE', comment: 'Fine.', user: { id: decider.userId } }],
    })
    const late = await decide(holding(place, 'approval:decide'), id)
    expect(late.errors?.[0]?.extensions).toMatchObject({ code: 'APPROVAL_SETTLED', details: { status: 'APPROVED' } })
  })
})

test('a form where there is none, and one with a rejection, are refused', async () => {
  const place = newPlace(subgraph)
  const decider = holding(place, 'approval:decide')
  expect(codeOf(await decide(decider, (await newApproval(place)).id, { form: { a: 1 } }))).toBe('BAD_USER_INPUT')
  const { id } = await newApproval(place, { form: { type: 'object' } })
  expect(codeOf(await decide(decider, id, { decision: 'REJECT', form: {} }))).toBe('BAD_USER_INPUT')
})
