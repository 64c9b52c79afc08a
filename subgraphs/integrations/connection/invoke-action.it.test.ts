import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  failureOf,
  httpInput,
  type Integrations,
  invokeIn,
  newMembers,
  openIntegrations,
} from '../../../tests/kit/connections.ts'
import { openOutsideService } from '../../../tests/kit/outside-service.ts'
import { createConnection } from './create-connection.ts'
import type { InvokeActionRequest } from './invoke-action.ts'

let service: Awaited<ReturnType<typeof openOutsideService>>
let inner: Awaited<ReturnType<typeof openOutsideService>>
let subgraph: Integrations
const { owner, organizationId } = newMembers()

beforeAll(async () => {
  service = await openOutsideService()
  inner = await openOutsideService()
  subgraph = await openIntegrations({ EGRESS_ALLOW: service.hostAndPort })
})
afterAll(async () => {
  for (const each of [subgraph, service, inner]) await each.close()
})

const newConnection = async (input: ReturnType<typeof httpInput>) =>
  (await createConnection(subgraph.ctxFor(owner), input)).id
const http = () => newConnection(httpInput(service.url))
const invoke = (request: Partial<InvokeActionRequest>, organization = organizationId) =>
  invokeIn(subgraph, organization, request)

describe('an action', () => {
  it('is unknown unless the connector has it', async () => {
    expect(await failureOf(invoke({ connectionId: await http(), action: 'query' }))).toMatchObject({
      code: 'ACTION_UNKNOWN',
    })
    expect(await failureOf(invoke({ connectionId: await http(), action: 'toString' }))).toMatchObject({
      code: 'ACTION_UNKNOWN',
    })
  })

  it('finds no connection of another organization, nor one that never was', async () => {
    const connectionId = await http()
    const before = service.received.length
    const expected = { code: 'NOT_FOUND', retryable: false }
    expect(await failureOf(invoke({ connectionId }, newMembers().organizationId))).toEqual(expected)
    expect(await failureOf(invoke({ connectionId: newMembers().organizationId }))).toEqual(expected)
    expect(await failureOf(invoke({ connectionId: 'x' }))).toEqual(expected)
    expect(service.received.length).toBe(before)
  })

  it('of a connection without its secret does not start', async () => {
    const connectionId = await newConnection({ ...httpInput(service.url), secrets: [] })
    expect(await failureOf(invoke({ connectionId }))).toEqual({ code: 'CONNECTION_INACTIVE', retryable: false })
  })

  it('towards an address inside is refused', async () => {
    const connectionId = await newConnection(httpInput(`http://localhost:${inner.port}/`))
    const before = inner.received.length
    expect(await failureOf(invoke({ connectionId }))).toEqual({ code: 'EGRESS_REFUSED', retryable: false })
    expect(inner.received.length).toBe(before)
  })
})
