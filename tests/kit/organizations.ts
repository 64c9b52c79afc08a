import { type Caller, systemCaller, systemOrganizationId } from '#platform/caller/caller'
import { newId } from '#platform/id'
import type { IdentityCtx } from '../../subgraphs/identity/identity.context.ts'
import { foundOrganization } from '../../subgraphs/identity/organization/found-organization.ts'
import { scopesOf } from '../../subgraphs/identity/role/system-roles.ts'

export const password = 'correct horse battery staple'

/** A signed-in member with the rights of `roles`; no rows stand behind it, for subgraphs that know no users. */
export const memberCaller = (organizationId: string, roles: readonly string[], userId = newId()): Caller => ({
  kind: 'user',
  userId,
  organizationId,
  roles,
  scopes: scopesOf(roles, organizationId),
  sessionId: newId(),
  apiKeyId: null,
  authTime: Math.floor(Date.now() / 1000),
  agentId: null,
  runId: null,
  address: '198.51.100.7',
  userAgent: 'test',
})

/** A new organization with its owner's account in the database. Every test makes its own. */
export async function newOrganization(ctxFor: (caller: Caller) => IdentityCtx, name = 'Acme') {
  const email = `owner-${newId()}@example.com`
  const { organizationId, owner } = await foundOrganization(ctxFor(systemCaller(systemOrganizationId)), {
    name,
    owner: { email, name: 'Olive Owner', password },
  })
  return { organizationId, owner, email, caller: memberCaller(organizationId, ['owner'], owner.id) }
}
