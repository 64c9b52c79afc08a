import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signRequest } from '#platform/caller/message-signature'
import { newId } from '#platform/id'
import { subgraphs } from '../../scripts/subgraphs.ts'
import { agentsConfig } from '../../subgraphs/agents/config.ts'
import { agents } from '../../subgraphs/agents/subgraph.ts'
import { auditConfig } from '../../subgraphs/audit/config.ts'
import { audit } from '../../subgraphs/audit/subgraph.ts'
import { identityConfig } from '../../subgraphs/identity/config.ts'
import { identity } from '../../subgraphs/identity/subgraph.ts'
import { integrationsConfig } from '../../subgraphs/integrations/config.ts'
import { integrations } from '../../subgraphs/integrations/subgraph.ts'
import { memberCaller } from '../kit/organizations.ts'
import { openSubgraph } from '../kit/subgraph.ts'

/** Each with an entity that it resolves for the gateway. */
const doors = [
  { name: 'identity', entity: 'User', open: () => openSubgraph(identity, identityConfig) },
  { name: 'agents', entity: 'Agent', open: () => openSubgraph(agents, agentsConfig) },
  { name: 'integrations', entity: 'Connection', open: () => openSubgraph(integrations, integrationsConfig) },
  { name: 'audit', entity: 'AuditEvent', open: () => openSubgraph(audit, auditConfig) },
]

test('every subgraph is tried', () => {
  expect(doors.map(({ name }) => name).sort()).toEqual(subgraphs.map(({ name }) => name).sort())
})

describe.each(doors)('$name', ({ name, entity, open }) => {
  let subgraph: Awaited<ReturnType<typeof open>>
  beforeAll(async () => {
    subgraph = await open()
  })
  afterAll(() => subgraph.close())

  const owner = memberCaller(newId(), ['owner'])
  const entities = {
    query: 'query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }',
    variables: { r: [{ __typename: entity, id: newId() }] },
  }
  const questions = [
    entities,
    { query: '{ _service { sdl } }' },
    { query: '{ __schema { types { name } } }' },
    { query: '{ __typename }' },
  ]
  const send = async (body: string, headers: Record<string, string>, path = '/graphql') => {
    const answer = await fetch(`${subgraph.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    })
    return { status: answer.status, text: await answer.text() }
  }
  const sign = (body: string, { audience = name, key = subgraph.config.requestKey as Uint8Array } = {}) =>
    signRequest({ method: 'POST', path: '/graphql', body }, owner, audience, key)
  const closed = {
    status: 401,
    text: JSON.stringify({
      errors: [{ message: 'This address answers the gateway only.', extensions: { code: 'UNAUTHENTICATED' } }],
    }),
  }

  test('answers the gateway, entities too', async () => {
    const body = JSON.stringify(entities)
    const answer = await send(body, sign(body))
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.text).data).toHaveProperty('_entities')
  })

  test.each(questions)('answers nobody else to $query', async (question) => {
    const body = JSON.stringify(question)
    const forged = {
      'no signature': {},
      'an access token': { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' },
      'a caller without a signature': { 'forgeops-caller': sign(body)['forgeops-caller'] ?? '' },
      'another key': sign(body, { key: randomBytes(32) }),
      'a signature for another subgraph': sign(body, { audience: name === 'audit' ? 'agents' : 'audit' }),
      'a signature of another body': sign(`${body} `),
      'a request to follow events': { accept: 'text/event-stream' },
    }
    for (const [how, headers] of Object.entries(forged)) expect(await send(body, headers), how).toEqual(closed)
    expect((await fetch(`${subgraph.url}/graphql?query=${encodeURIComponent(question.query)}`)).status).toBe(404)
  })

  test('answers a signed request once', async () => {
    const body = JSON.stringify(entities)
    const headers = sign(body)
    expect((await send(body, headers)).status).toBe(200)
    expect(await send(body, headers)).toEqual(closed)
  })

  test('has no address besides that answers without a signature, but for probes, metrics and what is public by design', async () => {
    const paths = ['/', '/graphql/', '/api/graphql', '/run-tokens', '/api-keys/verify', '/revocations', '/refusals']
    for (const path of paths) {
      const { status, text } = await send('{}', {}, path)
      expect([401, 404], `${path}: ${text}`).toContain(status)
    }
  })
})
