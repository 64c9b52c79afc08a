import { write } from '#platform/db/write'
import { NotFoundError } from '#platform/errors/common-errors'
import { isId } from '#platform/id'
import type { IdentityCtx } from '../identity.context.ts'
import { revoke, subject } from '../revocation/revoke.ts'
import { User } from '../user/user.entity.ts'
import { requireGrantable, requireRoles } from './grantable.ts'
import { holdWithOwners } from './last-owner.ts'
import type { RevokeRoleInput } from './role.graphql.ts'

/** Takes a role from a member; the last owner stays. Whoever may not grant a role may not take it either. */
export function revokeRole(ctx: IdentityCtx, input: RevokeRoleInput): Promise<User> {
  if (!isId(input.userId)) throw new NotFoundError('user')
  return write(ctx, 'role.revoked', async (tx) => {
    await requireRoles(tx, [input.role])
    const found = await holdWithOwners(tx, input.userId)
    await requireGrantable(tx, ctx.caller, 'role:write', [input.role])
    if (found === undefined) throw new NotFoundError('user')
    const { member, requireOtherOwner } = found
    const user = await tx.em.findOneOrFail(User, { id: member.userId })
    if (!member.roles.includes(input.role)) {
      tx.unchanged()
      return user
    }
    if (input.role === 'owner') await requireOtherOwner()
    member.roles = member.roles.filter((role) => role !== input.role)
    await revoke(tx, subject.member(ctx.caller.organizationId, user.id))
    tx.target('user', user.id, user.name)
    tx.detail('role', input.role)
    return user
  })
}
