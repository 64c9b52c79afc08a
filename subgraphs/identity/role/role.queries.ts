import { read } from '#platform/db/read'
import type { Ctx } from '#platform/graphql/context'
import { Role as RoleEntity } from './role.entity.ts'
import type { Role } from './role.graphql.ts'
import { rolesMax } from './role.limits.ts'
import { descriptions, type SystemRole, systemRoles } from './system-roles.ts'

/** The system's roles and then the organization's own, by name. */
export async function findRoles(ctx: Ctx): Promise<Role[]> {
  const own = await read(ctx, (em) => em.find(RoleEntity, {}, { orderBy: { name: 'asc' }, limit: rolesMax }))
  const ofSystem = Object.entries(systemRoles).map(([name, scopes]) => ({
    id: null,
    name,
    description: descriptions[name as SystemRole],
    system: true,
    scopes: [...scopes],
  }))
  return [...ofSystem, ...own.map(asOwnRole)]
}

/** A role that the organization made. */
export type OwnRole = Role & { readonly id: string }

export const asOwnRole = ({ id, name, description, scopes }: RoleEntity): OwnRole => ({
  id,
  name,
  description,
  system: false,
  scopes,
})
