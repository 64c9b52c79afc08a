import { LockMode } from '@mikro-orm/core'
import { write } from '#platform/db/write'
import { NotFoundError } from '#platform/errors/common-errors'
import { isId } from '#platform/id'
import type { IdentityCtx } from '../identity.context.ts'
import { Membership } from '../membership/membership.entity.ts'
import { User } from '../user/user.entity.ts'
import { requireGrantable, requireRoles } from './grantable.ts'
import type { AssignRoleInput } from './role.graphql.ts'

/** Gives a member a further role, no wider than the caller's own rights. */
export function assignRole(ctx: IdentityCtx, input: AssignRoleInput): Promise<User> {
  if (!isId(input.userId)) throw new NotFoundError('user')
  return write(ctx, 'role.assigned', async (tx) => {
    await requireRoles(tx, [input.role])
    await requireGrantable(tx, ctx.caller, 'role:write', [input.role])
    const member = await tx.em.findOne(Membership, { userId: input.userId }, { lockMode: LockMode.PESSIMISTIC_WRITE })
    if (member === null) throw new NotFoundError('user')
    const user = await tx.em.findOneOrFail(User, { id: member.userId })
    if (member.roles.includes(input.role)) {
      tx.unchanged()
      return user
    }
    member.roles = [...member.roles, input.role]
    tx.target('user', user.id, user.name)
    tx.detail('role', input.role)
    return user
  })
}
