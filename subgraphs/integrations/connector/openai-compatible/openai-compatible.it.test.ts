import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#platform/id'
import {
  createConnectionMutation,
  type Integrations,
  newMembers,
  openIntegrations,
  testConnectionMutation,
} from '../../../../tests/kit/connections.ts'
import { answerJson, openOutsideService } from '../../../../tests/kit/outside-service.ts'

const apiKey = 'canary-provider-key-0123456789'
let provider: Awaited<ReturnType<typeof openOutsideService>>
let subgraph: Integrations

beforeAll(async () => {
  provider = await openOutsideService(({ url, headers }, response) => {
    const allowed = url === '/v1/models' && headers.authorization === `Bearer ${apiKey}`
    answerJson(response, allowed ? 200 : url === '/v1/models' ? 401 : 404, { data: [], echo: headers })
  })
  subgraph = await openIntegrations({ EGRESS_ALLOW: provider.hostAndPort })
})
afterAll(async () => {
  await subgraph.close()
  await provider.close()
})

const input = (more: object, secrets: object[]) => ({
  ...{ connector: 'openai-compatible', name: `models ${newId()}`, secrets },
  config: { baseUrl: `${provider.url}/v1`, model: 'small', ...more },
})

async function standing(more: object, ...secrets: object[]) {
  const { owner } = newMembers()
  const created = await subgraph.ask(owner, createConnectionMutation, { input: input(more, secrets) })
  expect(created.errors).toBeUndefined()
  const stored = created.data?.createConnection as
    | { id: string; status: string; statusReason: string | null }
    | undefined
  const answered = await subgraph.ask(owner, testConnectionMutation, { id: stored?.id })
  return {
    created: { status: stored?.status, statusReason: stored?.statusReason },
    tested: answered.data?.testConnection as { status: string; statusReason: string | null } | undefined,
  }
}

test('a provider counts as working when it tells its models, asked with the key', async () => {
  const { created, tested } = await standing({}, { field: 'apiKey', value: apiKey })
  expect(created.status).toBe('ACTIVE')
  expect(tested).toMatchObject({ status: 'ACTIVE', statusReason: null })
})

test('a provider that refuses the key needs another one, and its words are told to nobody', async () => {
  const { tested } = await standing({}, { field: 'apiKey', value: 'canary-wrong-key-0123456789' })
  expect(tested).toMatchObject({ status: 'NEEDS_REAUTH', statusReason: 'The service answered HTTP 401.' })
  expect(JSON.stringify(tested)).not.toContain('canary')
})

test('without its key a provider is inactive and never called, unless it needs none', async () => {
  const before = provider.received.length
  const { created, tested } = await standing({})
  expect(created).toEqual({ status: 'INACTIVE', statusReason: 'It lacks its secret: apiKey.' })
  expect(tested?.status).toBe('INACTIVE')
  expect(provider.received).toHaveLength(before)
  expect((await standing({ authentication: 'none' })).created.status).toBe('ACTIVE')
})

test.each([
  [{ prices: { small: { input: -1, output: 0 } } }],
  [{ prices: { small: { input: 1 } } }],
  [{ headers: { Authorization: 'x' } }],
  [{ apiKey }],
  [{ baseUrl: 'http://169.254.169.254/v1' }],
])('the configuration %j is refused', async (more) => {
  const { owner } = newMembers()
  const { errors } = await subgraph.ask(owner, createConnectionMutation, { input: input(more, []) })
  expect(errors).toHaveLength(1)
})
