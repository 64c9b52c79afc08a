import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { systemCaller } from '#platform/caller/caller'
import { newId } from '#platform/id'
import { integrationsConfig } from '../../subgraphs/integrations/config.ts'
import { type InvokeActionRequest, invokeAction } from '../../subgraphs/integrations/connection/invoke-action.ts'
import { ConnectorError } from '../../subgraphs/integrations/connector/connector.errors.ts'
import { integrations } from '../../subgraphs/integrations/subgraph.ts'
import { memberCaller } from './organizations.ts'
import { openSubgraph } from './subgraph.ts'

export const bearerToken = 'canary-bearer-token-0123456789'

/** The integrations subgraph with some variables set otherwise; an empty text leaves one unset. */
export const openIntegrations = (variables: Record<string, string> = {}) =>
  openSubgraph(integrations, (environment) => integrationsConfig({ ...environment, ...variables }))

export type Integrations = Awaited<ReturnType<typeof openIntegrations>>

export const newSecretsKey = () => randomBytes(32).toString('base64')

/** An owner and a viewer of a new organization, of whom this subgraph knows only the ids. */
export function newMembers() {
  const organizationId = newId()
  const member = (role: string) => memberCaller(organizationId, [role])
  return { organizationId, owner: member('owner'), operator: member('operator'), viewer: member('viewer') }
}

/** The input of a connection to an HTTP API. */
export const httpInput = (baseUrl: string, config: Record<string, unknown> = {}) => ({
  connector: 'http',
  name: `api ${newId()}`,
  config: { baseUrl, ...config },
  secrets: config.authentication === 'none' ? [] : [{ field: 'bearerToken', value: bearerToken }],
})

export const createConnectionMutation = `mutation ($input: CreateConnectionInput!) {
  createConnection(input: $input) { id name config status statusReason lastTestedAt createdBy { id } connector { key title } }
}`
export const testConnectionMutation = `mutation ($id: ID!) {
  testConnection(input: { connectionId: $id }) { id status statusReason lastTestedAt }
}`
export const deleteConnectionMutation = `mutation ($id: ID!) {
  deleteConnection(input: { connectionId: $id }) { id status }
}`

/** What an organization's outbox holds, as text: everything that other subgraphs will be told. */
export const outboxOf = (subgraph: Integrations, organizationId: string) =>
  subgraph.db.orm.em.fork().transactional(async (em) => {
    await em.execute(`select set_config('app.organization_id', ?, true)`, [organizationId])
    return em.execute<{ data: Record<string, never> }[]>('select * from integrations.outbox order by sequence')
  })

/** Invokes an action as the worker does: as the platform itself, in the organization of the job. */
export const invokeIn = (subgraph: Integrations, organizationId: string, request: Partial<InvokeActionRequest>) =>
  invokeAction(subgraph.ctxFor(systemCaller(organizationId)), {
    connectionId: '',
    action: 'request',
    with: { method: 'GET', path: 'x' },
    effectKey: 'run-1/step-1',
    runToken: async () => 'a-run-token',
    signal: new AbortController().signal,
    timeoutMs: 5_000,
    ...request,
  })

/** How an action failed, once its public words are seen to hold no address. */
export async function failureOf(action: Promise<unknown>): Promise<{ code: string; retryable: boolean }> {
  const error = await action.then(
    () => expect.unreachable('it succeeded'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof ConnectorError)) throw error
  expect(error.message).not.toMatch(/\d+\.\d+\.\d+\.\d+/)
  return { code: error.code, retryable: error.retryable }
}
