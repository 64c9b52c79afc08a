import { LockMode } from '@mikro-orm/core'
import { write } from '#platform/db/write'
import { NotFoundError } from '#platform/errors/common-errors'
import { isId } from '#platform/id'
import type { IdentityCtx } from '../identity.context.ts'
import { Membership } from '../membership/membership.entity.ts'
import { revoke, subject } from '../revocation/revoke.ts'
import { User } from '../user/user.entity.ts'
import { requireGrantable, requireRoles } from './grantable.ts'
import { RoleLastOwnerError } from './role.errors.ts'
import type { RevokeRoleInput } from './role.graphql.ts'

/** Takes a role from a member; the last owner stays. Whoever may not grant a role may not take it either. */
export function revokeRole(ctx: IdentityCtx, input: RevokeRoleInput): Promise<User> {
  if (!isId(input.userId)) throw new NotFoundError('user')
  return write(ctx, 'role.revoked', async (tx) => {
    await requireRoles(tx, [input.role])
    // All of them, in one order: two owners who revoke each other at once must wait for each other.
    const members = await tx.em.find(Membership, {}, { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } })
    await requireGrantable(tx, ctx.caller, 'role:write', [input.role])
    const member = members.find((each) => each.userId === input.userId)
    if (member === undefined) throw new NotFoundError('user')
    const user = await tx.em.findOneOrFail(User, { id: member.userId })
    if (!member.roles.includes(input.role)) {
      tx.unchanged()
      return user
    }
    const owners = members.filter((each) => each.roles.includes('owner'))
    if (input.role === 'owner' && owners.length === 1) throw new RoleLastOwnerError()
    member.roles = member.roles.filter((role) => role !== input.role)
    await revoke(tx, subject.member(ctx.caller.organizationId, user.id))
    tx.target('user', user.id, user.name)
    tx.detail('role', input.role)
    return user
  })
}
