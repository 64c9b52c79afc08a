import { write } from '#platform/db/write'
import { NotFoundError } from '#platform/errors/common-errors'
import type { IdentityCtx } from '../identity.context.ts'
import { lockRoles } from './create-role.ts'
import { requireHeld } from './grantable.ts'
import { RoleInUseError } from './role.errors.ts'
import type { DeleteRoleInput } from './role.graphql.ts'
import { asOwnRole, type OwnRole } from './role.queries.ts'
import { countHolders } from './role-holders.ts'

/** Deletes a role of the organization's own that no member and no open invitation holds. */
export function deleteRole(ctx: IdentityCtx, input: DeleteRoleInput): Promise<OwnRole> {
  const { organizationId } = ctx.caller
  return write(ctx, 'role.deleted', async (tx) => {
    const roles = await lockRoles(tx, organizationId)
    const role = roles.find((each) => each.id === input.roleId)
    if (role === undefined) throw new NotFoundError('role')
    await requireHeld(tx, ctx.caller, 'role:write', role.scopes)
    tx.target('role', role.id, role.name)
    const holders = await countHolders(tx, organizationId, role.name)
    if (holders.members + holders.invitations > 0) return tx.refuse('role.delete-refused', new RoleInUseError(holders))
    tx.em.remove(role)
    return asOwnRole(role)
  })
}
