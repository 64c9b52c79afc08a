import { LockMode } from '@mikro-orm/core'
import { write } from '#platform/db/write'
import { ForbiddenError, NotFoundError } from '#platform/errors/common-errors'
import { isId } from '#platform/id'
import type { IdentityCtx } from '../identity.context.ts'
import { Membership } from '../membership/membership.entity.ts'
import { requireGrantable } from '../role/grantable.ts'
import { endSessions } from '../session/end-sessions.ts'
import { User } from '../user/user.entity.ts'
import { removeAllFactors } from './remove-all-factors.ts'
import { tellOwner } from './tell-owner.ts'

/**
 * Removes the second factors of a member who has lost them, and ends their sessions: the next sign-in asks for the
 * password, and for a new factor where one is needed.
 *
 * @throws ForbiddenError for one's own, for somebody with wider rights, and for somebody who belongs to another
 *   organization too: their factors guard more than this one
 */
export async function resetFactors(ctx: IdentityCtx, userId: string): Promise<User> {
  if (!isId(userId)) throw new NotFoundError('user')
  if (userId === ctx.caller.userId) throw new ForbiddenError('Your own factors you remove one by one.')
  return write(ctx, 'factor.reset', async (tx) => {
    const member = await tx.em.findOne(Membership, { userId })
    if (member === null) throw new NotFoundError('user')
    await requireGrantable(tx, ctx.caller, 'user:write', member.roles)
    const user = await tx.em.findOneOrFail(User, { id: userId }, { lockMode: LockMode.PESSIMISTIC_WRITE })
    if (user.organizationIds.some((id) => id !== ctx.caller.organizationId))
      throw new ForbiddenError('The factors of this person guard more than this organization. Ask the operator.')
    tx.target('user', user.id, user.name)
    await removeAllFactors(tx, userId)
    await endSessions(tx, { userId })
    tellOwner(ctx, tx, user, 'reset')
    return user
  })
}
