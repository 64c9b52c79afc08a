import { write } from '#platform/db/write'
import { UnauthenticatedError } from '#platform/errors/common-errors'
import type { IdentityCtx } from '../identity.context.ts'
import { revoke, subject } from '../revocation/revoke.ts'
import { Session } from './session.entity.ts'

/** Ends the caller's session: its refresh token is worthless from now on. Repeating it changes nothing. */
export async function logOut(ctx: IdentityCtx): Promise<boolean> {
  const { sessionId, userId } = ctx.caller
  if (sessionId === null || userId === null) throw new UnauthenticatedError()
  return write(ctx, 'session.ended', async (tx) => {
    const session = await tx.em.findOne(Session, { id: sessionId, userId, endedAt: null })
    if (session === null) {
      tx.unchanged()
      return true
    }
    session.endedAt = new Date()
    await revoke(tx, subject.session(session.id))
    tx.target('session', session.id)
    return true
  })
}
