import { LockMode } from '@mikro-orm/core'
import { type Tx, write } from '#platform/db/write'
import { newId } from '#platform/id'
import type { IdentityCtx } from '../identity.context.ts'
import { Organization } from '../organization/organization.entity.ts'
import { requireHeld } from './grantable.ts'
import { Role } from './role.entity.ts'
import { RoleLimitError, RoleNameTakenError } from './role.errors.ts'
import type { CreateRoleInput } from './role.graphql.ts'
import { rolesMax } from './role.limits.ts'
import { asOwnRole, type OwnRole } from './role.queries.ts'
import { readRoleDescription, readRoleName, readRoleScopes } from './role.shape.ts'

/** Makes a role of the organization's own, no wider than the caller's own rights. */
export function createRole(ctx: IdentityCtx, input: CreateRoleInput): Promise<OwnRole> {
  const name = readRoleName(input.name)
  const description = readRoleDescription(input.description)
  const scopes = readRoleScopes(input.scopes)
  const { organizationId } = ctx.caller
  return write(ctx, 'role.created', async (tx) => {
    await requireHeld(tx, ctx.caller, 'role:write', scopes)
    const others = await lockRoles(tx, organizationId)
    if (others.length >= rolesMax) throw new RoleLimitError(rolesMax)
    requireFreeName(others, name)
    const role = tx.em.create(Role, { organizationId, id: newId(), name, description, scopes, createdAt: new Date() })
    tx.target('role', role.id, name)
    tx.detail('scopes', scopes)
    return asOwnRole(role)
  })
}

/** All roles of the organization, which nobody else adds to or renames until this transaction ends. */
export async function lockRoles(tx: Tx, organizationId: string): Promise<Role[]> {
  await tx.em.findOneOrFail(Organization, { id: organizationId }, { lockMode: LockMode.PESSIMISTIC_WRITE })
  return tx.em.find(Role, {}, { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } })
}

/** @throws RoleNameTakenError when one of the roles has the name, in whatever case */
export function requireFreeName(others: readonly Role[], name: string): void {
  if (others.some((other) => other.name.toLowerCase() === name.toLowerCase())) throw new RoleNameTakenError()
}
