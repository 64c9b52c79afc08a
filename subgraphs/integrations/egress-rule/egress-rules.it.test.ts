import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Integrations, newMembers, openIntegrations, outboxOf } from '../../../tests/kit/connections.ts'

let integrations: Integrations
beforeAll(async () => {
  integrations = await openIntegrations({ ENVIRONMENT: 'production' })
})
afterAll(() => integrations.close())

const allow = 'mutation ($input: AllowEgressInput!) { allowEgress(input: $input) { id host port note } }'
const list = '{ egressRules { totalCount edges { node { host port } } } }'

test('an organization opens a host once, sees its own alone, and the audit trail is told', async () => {
  const { organizationId, owner } = newMembers()
  const input = { host: 'CRM.internal.', port: 8443, note: 'Customers' }
  const first = await integrations.ask(owner, allow, { input })
  expect(first.data?.allowEgress).toMatchObject({ host: 'crm.internal', port: 8443, note: 'Customers' })
  expect((await integrations.ask(owner, allow, { input })).data).toEqual(first.data)
  expect((await integrations.ask(owner, list)).data?.egressRules).toEqual({
    totalCount: 1,
    edges: [{ node: { host: 'crm.internal', port: 8443 } }],
  })
  expect((await integrations.ask(newMembers().owner, list)).data?.egressRules).toEqual({ totalCount: 0, edges: [] })
  const id = (first.data?.allowEgress as { id?: string } | undefined)?.id
  const disallow = 'mutation ($id: ID!) { disallowEgress(input: { egressRuleId: $id }) { host } }'
  expect((await integrations.ask(newMembers().owner, disallow, { id })).errors?.[0]?.extensions.code).toBe('NOT_FOUND')
  expect((await integrations.ask(owner, disallow, { id })).data?.disallowEgress).toEqual({ host: 'crm.internal' })
  const told = (await outboxOf(integrations, organizationId)).map(({ data }) => data.action)
  expect(told).toEqual(['egress.allowed', 'egress.disallowed'])
})

test.each([
  ['169.254.169.254', 80],
  ['127.0.0.1', 6379],
  ['[::1]', 8080],
  ['2130706433', 80],
  ['[fe80::1]', 80],
  ['10.0.0.1', 25],
])('nobody but the operator opens %s:%i, and the attempt is recorded', async (host, port) => {
  const { organizationId, owner } = newMembers()
  const answer = await integrations.ask(owner, allow, { input: { host, port } })
  expect(answer.errors?.[0]?.extensions.code).toBe('EGRESS_REFUSED')
  const told = await outboxOf(integrations, organizationId)
  expect(told.map(({ data }) => data.action)).toEqual(['egress.allow-refused'])
})

test.each(['', '*', '*.example.com', 'a b', 'user@host', 'host:80', 'http://host', 'host/path', '[::1', 'a,b'])(
  '%j names no one host',
  async (host) => {
    const answer = await integrations.ask(newMembers().owner, allow, { input: { host, port: 80 } })
    expect(answer.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
  },
)

test('who does not manage the organization neither sees nor opens hosts', async () => {
  const { operator, owner } = newMembers()
  expect((await integrations.ask(operator, list)).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  const input = { host: 'crm.internal', port: 80 }
  expect((await integrations.ask(operator, allow, { input })).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  const stale = { ...owner, authTime: 1 }
  expect((await integrations.ask(stale, allow, { input })).errors?.[0]?.extensions.code).toBe('STEP_UP_REQUIRED')
})
