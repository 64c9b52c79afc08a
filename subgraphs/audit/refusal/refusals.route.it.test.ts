import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemCaller, systemOrganizationId } from '#platform/caller/caller'
import { read } from '#platform/db/read'
import { newId } from '#platform/id'
import { tell } from '../../../tests/kit/audit-event.ts'
import { memberCaller } from '../../../tests/kit/organizations.ts'
import { handIn, refusalRecord, type Signing } from '../../../tests/kit/refusals.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { auditConfig } from '../config.ts'
import { audit } from '../subgraph.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(audit, auditConfig)
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())

const signing = (): Signing => ({ key: subgraph.config.requestKey })
const batchOf = (...refusals: unknown[]) => ({ id: newId(), refusals })
const trail = (organizationId: string) =>
  read(subgraph.ctxFor(systemCaller(organizationId)), (em) =>
    em.execute<{ id: string; seq: string }[]>('select id, seq from audit.event order by seq'),
  )

test('a refusal is found in its organization’s trail: who, where from, with what, and what they asked for', async () => {
  const organizationId = newId()
  const refusal = refusalRecord(organizationId, { count: 2_000 })
  expect(await handIn(subgraph.url, batchOf(refusal), signing())).toBe(200)
  const auditor = memberCaller(organizationId, ['auditor'])
  const answer = await subgraph.ask(
    auditor,
    `{ auditEvents(filter: { actions: ["access.refused"], outcome: REFUSED }) { edges { node {
      id seq action occurredAt actor { ... on User { id } } targets { type id }
      context { address userAgent requestId traceId detail }
    } } } }`,
  )
  const { minute, firstAt, lastAt, address, userAgent, requestId, traceId } = refusal
  expect(answer.data?.auditEvents).toEqual({
    edges: [
      {
        node: {
          id: refusal.id,
          seq: 1,
          action: 'access.refused',
          occurredAt: firstAt,
          actor: { id: refusal.actor.id },
          targets: [{ type: 'field', id: 'User.email' }],
          context: {
            ...{ address, userAgent, requestId, traceId },
            detail: { code: 'UNAUTHORIZED_FIELD_OR_TYPE', count: 2_000, minute, firstAt, lastAt },
          },
        },
      },
    ],
  })
})

test('a batch that comes twice, or in parts, or at once, is in the trail once and leaves no gap', async () => {
  const [one, other] = [newId(), newId()]
  const refusals = [one, other, one, one].map((organizationId) => refusalRecord(organizationId))
  const batch = batchOf(...refusals)
  const statuses = await Promise.all([
    handIn(subgraph.url, batchOf(refusals[2]), signing()),
    ...Array.from({ length: 5 }, () => handIn(subgraph.url, batch, signing())),
  ])
  expect(statuses).toEqual([200, 200, 200, 200, 200, 200])
  await tell(subgraph.ctxFor, one)
  expect((await trail(one)).map(({ seq }) => seq)).toEqual(['1', '2', '3', '4'])
  expect(await trail(other)).toEqual([{ id: refusals[1]?.id, seq: '1' }])
})

test.each<[string, (key: Uint8Array) => Signing | undefined]>([
  ['is not signed', () => undefined],
  ['is signed with another key', () => ({ key: randomBytes(32) })],
  ['is signed for the graph', (key) => ({ key, audience: 'audit' })],
  ['speaks for a user', (key) => ({ key, caller: memberCaller(systemOrganizationId, ['owner']) })],
])('a batch that %s is refused, and nothing is kept of it', async (_what, signed) => {
  const organizationId = newId()
  const batch = batchOf(refusalRecord(organizationId))
  expect(await handIn(subgraph.url, batch, signed(subgraph.config.requestKey))).toBe(401)
  expect(await trail(organizationId)).toEqual([])
})

test.each<[string, (good: object) => unknown]>([
  ['an organization that is no id', (good) => batchOf({ ...good, organizationId: `x' or true` })],
  ['no count', (good) => batchOf({ ...good, count: 0 })],
  ['words without end', (good) => batchOf({ ...good, userAgent: 'x'.repeat(201) })],
  ['an action of its own for an actor', (good) => batchOf({ ...good, actor: { type: 'root', id: 'x' } })],
  ['nothing in it', () => batchOf()],
  ['more in it than a batch holds', (good) => batchOf(...Array(201).fill(good))],
])('a batch with %s is refused, and nothing is kept of it', async (_what, made) => {
  const organizationId = newId()
  expect(await handIn(subgraph.url, made(refusalRecord(organizationId)), signing())).toBe(400)
  expect(await trail(organizationId)).toEqual([])
})
