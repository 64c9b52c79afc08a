import { write } from '#platform/db/write'
import { NotFoundError } from '#platform/errors/common-errors'
import { isId } from '#platform/id'
import type { IdentityCtx } from '../identity.context.ts'
import { actsOnSelf } from '../user/change-member.ts'
import { endSessions } from './end-sessions.ts'
import { Session } from './session.entity.ts'

/** Ends one session: one's own in person, or with `session:revoke` any of the organization. Repeating it changes nothing. */
export async function revokeSession(ctx: IdentityCtx, id: string): Promise<Session> {
  const { caller } = ctx
  if (!isId(id) || caller.userId === null) throw new NotFoundError('session')
  return write(ctx, 'session.revoked', async (tx) => {
    const session = await tx.em.findOne(Session, { id })
    if (session === null || (!actsOnSelf(caller, session.userId) && !caller.scopes.includes('session:revoke')))
      throw new NotFoundError('session')
    tx.target('session', session.id)
    tx.target('user', session.userId)
    if ((await endSessions(tx, { id })) === 0) tx.unchanged()
    return session
  })
}
