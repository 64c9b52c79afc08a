import type { Ctx } from '#platform/graphql/context'
import { isId } from '#platform/id'

/** The condition for the open sessions that the caller may list: a predicate, so that no row is ever decided by itself. */
export function openSessionsOf(ctx: Ctx, userId: string | undefined): object {
  const { caller } = ctx
  const all = caller.scopes.includes('session:read')
  return {
    endedAt: null,
    expiresAt: { $gt: new Date() },
    $and: [
      all ? {} : { userId: caller.userId },
      // What cannot be an id is nobody's.
      userId === undefined ? {} : isId(userId) ? { userId } : { id: null },
    ],
  }
}
