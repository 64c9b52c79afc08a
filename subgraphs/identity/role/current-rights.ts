import type { Reader } from '#platform/db/read'
import { Membership } from '../membership/membership.entity.ts'
import { currentRevision } from '../revocation/revocation.queries.ts'
import { Role } from './role.entity.ts'
import { isSystemRole, scopesOf } from './system-roles.ts'

/** What a member may do in an organization, as of the revocation list's line `revision`. */
export interface Rights {
  readonly roles: readonly string[]
  readonly scopes: readonly string[]
  readonly revision: number
}

/** A member's rights at this moment; null for who is not a member, or a deactivated one. */
export async function currentRights(em: Reader, organizationId: string, userId: string): Promise<Rights | null> {
  // First: a right that is taken away after this line is read stands on a later line, which makes the token worthless.
  const revision = await currentRevision(em)
  const membership = await em.findOne(Membership, { userId, deactivatedAt: null }, { refresh: true })
  if (membership === null) return null
  return { roles: membership.roles, scopes: await loadScopes(em, membership.roles, organizationId), revision }
}

/** What these roles of an organization, the system's and its own, stand for: each scope once. */
export async function loadScopes(em: Reader, roles: readonly string[], organizationId: string): Promise<string[]> {
  const custom = roles.filter((role) => !isSystemRole(role))
  const found = custom.length === 0 ? [] : await em.find(Role, { name: { $in: custom } }, { refresh: true })
  return [...new Set([...scopesOf(roles, organizationId), ...found.flatMap((role) => role.scopes)])]
}
