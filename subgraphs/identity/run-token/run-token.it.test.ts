import { afterAll, beforeAll, expect, test } from 'vitest'
import { anonymousCaller, type Caller, systemCaller } from '#platform/caller/caller'
import { signRequest } from '#platform/caller/message-signature'
import { newId } from '#platform/id'
import { memberCaller, newOrganization, password } from '../../../tests/kit/organizations.ts'
import { openSubgraph } from '../../../tests/kit/subgraph.ts'
import { identityConfig } from '../config.ts'
import { revokeRole } from '../role/revoke-role.ts'
import { identity } from '../subgraph.ts'
import { acceptInvitation } from '../user/accept-invitation.ts'
import { inviteUser } from '../user/invite-user.ts'

let subgraph: Awaited<ReturnType<typeof open>>
const open = () => openSubgraph(identity, identityConfig)
beforeAll(async () => {
  subgraph = await open()
})
afterAll(() => subgraph.close())

async function askForToken(
  caller: Caller,
  wanted: object,
  key = subgraph.config.workerRequestKey,
  audience = 'run-tokens',
) {
  const body = JSON.stringify(wanted)
  const headers = {
    ...signRequest({ method: 'POST', path: '/run-tokens', body }, caller, audience, key),
    'content-type': 'application/json',
  }
  const response = await fetch(`${subgraph.url}/run-tokens`, { method: 'POST', headers, body })
  const answer = (await response.json()) as { accessToken?: string }
  const claims =
    answer.accessToken === undefined
      ? undefined
      : JSON.parse(Buffer.from(answer.accessToken.split('.')[1] ?? '', 'base64url').toString())
  return { status: response.status, claims }
}
const wantedBy = (userId: string, grants: string[]) => ({ runId: newId(), agentId: newId(), userId, grants })

test('a run token names starter, agent and run, lives five minutes, and has what both agent and starter may', async () => {
  const { owner, organizationId } = await newOrganization(subgraph.ctxFor)
  const wanted = wantedBy(owner.id, ['audit:read', 'ops:read', 'nothing:such'])
  const { status, claims } = await askForToken(systemCaller(organizationId), wanted)
  expect(status).toBe(200)
  expect(claims).toMatchObject({
    sub: owner.id,
    org: organizationId,
    act: { sub: wanted.agentId },
    run: wanted.runId,
    scope: 'audit:read',
    roles: ['owner'],
  })
  expect(claims.exp - claims.iat).toBeLessThanOrEqual(300)
})

test('a right that the starter loses is not in the next token, and where they are nobody there is none', async () => {
  const { organizationId, caller } = await newOrganization(subgraph.ctxFor)
  const stranger = await newOrganization(subgraph.ctxFor)
  const ctx = subgraph.ctxFor(caller)
  const { token } = await inviteUser(ctx, { email: `op-${newId()}@example.com`, roles: ['viewer', 'operator'] })
  const { id } = await acceptInvitation(subgraph.ctxFor(anonymousCaller(null)), {
    token: token ?? '',
    name: 'Otto',
    password,
  })
  const wanted = wantedBy(id, ['run:start', 'run:read'])
  expect((await askForToken(systemCaller(organizationId), wanted)).claims.scope).toBe('run:read run:start')
  await revokeRole(ctx, { userId: id, role: 'operator' })
  expect((await askForToken(systemCaller(organizationId), wanted)).claims.scope).toBe('run:read')
  expect((await askForToken(systemCaller(stranger.organizationId), wanted)).status).toBe(403)
})

test('only the worker, speaking as the system, gets run tokens', async () => {
  const { owner, organizationId } = await newOrganization(subgraph.ctxFor)
  const wanted = wantedBy(owner.id, ['audit:read'])
  const system = systemCaller(organizationId)
  expect((await askForToken(memberCaller(organizationId, ['owner'], owner.id), wanted)).status).toBe(401)
  expect((await askForToken(system, wanted, subgraph.config.requestKey)).status).toBe(401)
  expect((await askForToken(system, wanted, subgraph.config.workerRequestKey, 'identity')).status).toBe(401)
  expect((await askForToken(system, { ...wanted, userId: 'x' })).status).toBe(400)
})
