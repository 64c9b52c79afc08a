import { expect, test } from 'vitest'
import { type AuditRecord, auditRecorded } from './audit-recorded.event.ts'

const record: AuditRecord = {
  action: 'agent.created',
  occurredAt: '2026-11-21T08:15:30.123Z',
  actor: { type: 'user', id: 'u', onBehalfOf: null },
  outcome: 'succeeded',
  targets: [{ type: 'agent', id: 'a', name: 'Digest' }],
  context: { requestId: 'r', traceId: 't', address: null, userAgent: null, detail: { roles: ['owner'] } },
}

test('a record that keeps to the contract is read as it was told', () => {
  expect(auditRecorded.data.parse(record)).toEqual(record)
})

test.each([
  ['an action that is no past tense of a noun', { action: 'agentCreated' }],
  ['an action too long for its column', { action: `agent.${'x'.repeat(100)}` }],
  ['a thing whose id no index takes', { targets: [{ type: 'agent', id: 'x'.repeat(401), name: null }] }],
  ['more things than a record lists', { targets: Array.from({ length: 21 }, () => record.targets[0]) }],
  ['an outcome between the two', { outcome: 'perhaps' }],
])('a record is refused where it is told: %s', (_fault, change) => {
  expect(auditRecorded.data.safeParse({ ...record, ...change }).success).toBe(false)
})
