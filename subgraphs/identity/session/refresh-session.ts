import { LockMode } from '@mikro-orm/core'
import { read } from '#platform/db/read'
import { write } from '#platform/db/write'
import { withCaller } from '#platform/graphql/context'
import type { IdentityCtx } from '../identity.context.ts'
import { Membership } from '../membership/membership.entity.ts'
import { User } from '../user/user.entity.ts'
import { readOpaqueToken, renewOpaqueToken, sameHash, sameOrigin } from './opaque-token.ts'
import { sessionDays, tokensFor } from './open-session.ts'
import { Session } from './session.entity.ts'
import { RefreshRefusedError } from './session.errors.ts'
import type { SessionTokens } from './session.graphql.ts'

/**
 * Trades a refresh token for new tokens; the old one is spent. A token used before ends its session: whoever holds the
 * newer one must sign in again, and so must a thief (RFC 9700 §4.14.2). A made-up one ends nothing: the ids in it are no
 * secret.
 */
export async function refreshSession(ctx: IdentityCtx, refreshToken: string): Promise<SessionTokens> {
  const given = readOpaqueToken(refreshToken)
  if (given === undefined) throw new RefreshRefusedError('malformed')
  const place = withCaller(ctx, { ...ctx.caller, organizationId: given.organizationId })
  const known = await read(place, (em) => em.findOne(Session, { id: given.id }))
  if (known === null || !sameOrigin(known.refreshHash, given.hash)) throw new RefreshRefusedError('no such session')
  const owner = withCaller(place, { ...place.caller, kind: 'user', userId: known.userId, sessionId: known.id })

  return write(owner, 'session.refreshed', async (tx) => {
    const session = await tx.em.findOneOrFail(Session, { id: given.id }, { lockMode: LockMode.PESSIMISTIC_WRITE })
    tx.target('session', session.id)
    const now = new Date()
    if (session.endedAt !== null || session.expiresAt < now)
      return tx.refuse('session.refused', new RefreshRefusedError('ended or expired'))
    if (!sameHash(session.refreshHash, given.hash)) {
      session.endedAt = now
      return tx.refuse('session.refused', new RefreshRefusedError('used before: the session is ended'))
    }
    const user = await tx.em.findOne(User, { id: session.userId })
    const membership = await tx.em.findOne(Membership, { userId: session.userId })
    if (user === null || membership === null)
      return tx.refuse('session.refused', new RefreshRefusedError('no longer a member'))
    const next = renewOpaqueToken(refreshToken)
    session.refreshHash = next.hash
    session.refreshedAt = now
    session.expiresAt = new Date(now.getTime() + sessionDays * 86_400_000)
    return tokensFor(owner, user, membership, session.id, next.text)
  })
}
