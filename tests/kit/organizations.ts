import { type Caller, systemCaller } from '#platform/caller/caller'
import { write } from '#platform/db/write'
import { newId } from '#platform/id'
import type { IdentityCtx } from '../../subgraphs/identity/identity.context.ts'
import { found } from '../../subgraphs/identity/organization/found-organization.ts'
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

/** Of `password`: hashed once in a process, for hashing is slow on purpose. */
let hash: Promise<string> | undefined

/** A new organization with its owner's account in the database. Every test makes its own. */
export async function newOrganization(ctxFor: (caller: Caller) => IdentityCtx, name = 'Acme') {
  const [organizationId, id, email] = [newId(), newId(), `owner-${newId()}@example.com`]
  const ctx = ctxFor(systemCaller(organizationId))
  hash ??= ctx.parts.hasher.hash(password)
  const owner = { id, email, name: 'Olive Owner', hash: await hash }
  const user = await write(ctx, 'organization.founded', async (tx) => found(tx, { organizationId, name, owner }))
  return { organizationId, owner: user, email, caller: memberCaller(organizationId, ['owner'], id) }
}
