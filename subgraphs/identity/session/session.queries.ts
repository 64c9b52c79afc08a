import type { Ctx } from '#platform/graphql/context'
import { isId } from '#platform/id'
import { actsOnSelf } from '../user/change-member.ts'

/** The condition for the open sessions that the caller may list: a predicate, so that no row is ever decided by itself. */
export function openSessionsOf(ctx: Ctx, userId: string | undefined): object {
  const { caller } = ctx
  const all = caller.scopes.includes('session:read')
  // A key or a run acts for a person; where that person signs in is none of its business.
  const own = actsOnSelf(caller, caller.userId ?? '') ? { userId: caller.userId } : { id: null }
  return {
    endedAt: null,
    expiresAt: { $gt: new Date() },
    $and: [
      all ? {} : own,
      // What cannot be an id is nobody's.
      userId === undefined ? {} : isId(userId) ? { userId } : { id: null },
    ],
  }
}
