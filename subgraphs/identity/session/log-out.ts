import { write } from '#platform/db/write'
import { UnauthenticatedError } from '#platform/errors/common-errors'
import type { IdentityCtx } from '../identity.context.ts'
import { endSessions } from './end-sessions.ts'

/** Ends the caller's session: its refresh token is worthless from now on. Repeating it changes nothing. */
export async function logOut(ctx: IdentityCtx): Promise<boolean> {
  const { sessionId, userId } = ctx.caller
  if (sessionId === null || userId === null) throw new UnauthenticatedError()
  return write(ctx, 'session.ended', async (tx) => {
    tx.target('session', sessionId)
    if ((await endSessions(tx, { id: sessionId, userId })) === 0) tx.unchanged()
    return true
  })
}
