import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  failureOf,
  type Integrations,
  invokeIn,
  newMembers,
  openIntegrations,
} from '../../../../tests/kit/connections.ts'
import { answerJson, openOutsideService } from '../../../../tests/kit/outside-service.ts'
import { createConnection } from '../../connection/create-connection.ts'
import type { InvokeActionRequest } from '../../connection/invoke-action.ts'

let gateway: Awaited<ReturnType<typeof openOutsideService>>
let subgraph: Integrations
let connectionId: string
const state = { gatewayAnswer: { data: { me: null } } as unknown }
const { owner, organizationId } = newMembers()

beforeAll(async () => {
  gateway = await openOutsideService(({ headers }, response) =>
    answerJson(response, headers.authorization === 'Bearer a-stale-token' ? 401 : 200, state.gatewayAnswer),
  )
  subgraph = await openIntegrations({ GATEWAY_URL: `${gateway.url}/api/graphql` })
  const input = { connector: 'forgeops', name: 'platform', config: {}, secrets: [] }
  connectionId = (await createConnection(subgraph.ctxFor(owner), input)).id
})
afterAll(async () => {
  await subgraph.close()
  await gateway.close()
})

describe('a query of the platform', () => {
  const input = { document: 'query ($n: Int) { users(first: $n) { totalCount } }', variables: { n: 1 } }
  const query = (more: Partial<InvokeActionRequest> = {}) =>
    invokeIn(subgraph, organizationId, { connectionId, action: 'query', with: input, ...more })

  it('is asked with the token of the run and returns the data', async () => {
    state.gatewayAnswer = { data: { users: { totalCount: 3 } } }
    expect(await query()).toEqual({ users: { totalCount: 3 } })
    const last = gateway.received.at(-1)
    expect(last).toMatchObject({
      method: 'POST',
      url: '/api/graphql',
      headers: { authorization: 'Bearer a-run-token', traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-/) },
    })
    expect(JSON.parse(last?.body ?? '')).toEqual({ query: input.document, variables: { n: 1 } })
  })

  it('is asked again, once, with the rights of now when the token was revoked', async () => {
    state.gatewayAnswer = { data: { users: { totalCount: 3 } } }
    const asked = gateway.received.length
    const runToken = async (refused?: string) => (refused === 'a-stale-token' ? 'a-new-token' : 'a-stale-token')
    expect(await query({ runToken })).toEqual({ users: { totalCount: 3 } })
    expect(gateway.received.slice(asked).map(({ headers }) => headers.authorization)).toEqual([
      'Bearer a-stale-token',
      'Bearer a-new-token',
    ])
    expect(await failureOf(query({ runToken: async () => 'a-stale-token' }))).toMatchObject({ retryable: false })
  })

  it('fails with the API’s codes when the answer has errors', async () => {
    state.gatewayAnswer = { data: null, errors: [{ message: 'no', extensions: { code: 'FORBIDDEN' } }] }
    expect(await failureOf(query())).toEqual({ code: 'CONNECTOR_GRAPHQL_ERRORS', retryable: false })
    state.gatewayAnswer = { data: {}, errors: [{ message: 'no', extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }] }
    expect(await failureOf(query())).toEqual({ code: 'CONNECTOR_GRAPHQL_ERRORS', retryable: true })
  })

  it('only ever asks', async () => {
    const before = gateway.received.length
    const mutation = query({ with: { document: 'mutation { logoutEverywhere }' } })
    expect(await failureOf(mutation)).toEqual({ code: 'ACTION_INPUT_INVALID', retryable: false })
    expect(gateway.received.length).toBe(before)
  })

  it('passes on why there is no token, and asks nothing', async () => {
    const before = gateway.received.length
    const reason = new Error('the agent is archived')
    await expect(query({ runToken: () => Promise.reject(reason) })).rejects.toBe(reason)
    expect(gateway.received.length).toBe(before)
  })
})
