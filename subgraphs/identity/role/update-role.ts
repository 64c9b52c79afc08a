import { write } from '#platform/db/write'
import { InvalidInputError, NotFoundError } from '#platform/errors/common-errors'
import type { IdentityCtx } from '../identity.context.ts'
import { revoke, subject } from '../revocation/revoke.ts'
import { lockRoles, requireFreeName } from './create-role.ts'
import { requireHeld } from './grantable.ts'
import type { UpdateRoleInput } from './role.graphql.ts'
import { asOwnRole, type OwnRole } from './role.queries.ts'
import { readRoleDescription, readRoleName, readRoleScopes } from './role.shape.ts'
import { renameHolders } from './role-holders.ts'

/**
 * Changes a role of the organization's own. The caller must hold all that it stands for, before and after: whoever may
 * not grant it may not take from it either. What its holders lose, their tokens lose within two seconds.
 */
export function updateRole(ctx: IdentityCtx, input: UpdateRoleInput): Promise<OwnRole> {
  const name = input.name == null ? undefined : readRoleName(input.name)
  const description = input.description == null ? undefined : readRoleDescription(input.description)
  const scopes = input.scopes == null ? undefined : readRoleScopes(input.scopes)
  if (name === undefined && description === undefined && scopes === undefined)
    throw new InvalidInputError('Name what is to change.')
  const { organizationId } = ctx.caller
  return write(ctx, 'role.updated', async (tx) => {
    const roles = await lockRoles(tx, organizationId)
    const role = roles.find((each) => each.id === input.roleId)
    if (role === undefined) throw new NotFoundError('role')
    await requireHeld(tx, ctx.caller, 'role:write', [...role.scopes, ...(scopes ?? [])])
    tx.target('role', role.id, name ?? role.name)
    const before = { name: role.name, scopes: role.scopes }
    if (name !== undefined && name !== role.name) {
      requireFreeName(
        roles.filter((each) => each !== role),
        name,
      )
      await renameHolders(tx, organizationId, role.name, name)
      tx.detail('formerName', role.name)
      role.name = name
    }
    if (description !== undefined) role.description = description
    if (scopes !== undefined) {
      role.scopes = scopes
      tx.detail(
        'gained',
        scopes.filter((scope) => !before.scopes.includes(scope)),
      )
      tx.detail(
        'lost',
        before.scopes.filter((scope) => !(scopes as string[]).includes(scope)),
      )
    }
    const lost = before.scopes.some((scope) => !role.scopes.includes(scope))
    if (lost || role.name !== before.name) await revoke(tx, subject.role(organizationId, before.name))
    return asOwnRole(role)
  })
}
