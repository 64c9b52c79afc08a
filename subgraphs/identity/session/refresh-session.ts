import { LockMode } from '@mikro-orm/core'
import type { Caller } from '#platform/caller/caller'
import { read } from '#platform/db/read'
import { type Tx, write } from '#platform/db/write'
import { withCaller } from '#platform/graphql/context'
import { lacksFactor } from '../factor/require-session-factor.ts'
import type { IdentityCtx } from '../identity.context.ts'
import { revoke, subject } from '../revocation/revoke.ts'
import { currentRights } from '../role/current-rights.ts'
import { PasswordCredential } from '../user/password-credential.entity.ts'
import { User } from '../user/user.entity.ts'
import { readOpaqueToken, renewOpaqueToken, sameHash, sameOrigin } from './opaque-token.ts'
import { endOf, tokensFor } from './open-session.ts'
import { Session } from './session.entity.ts'
import { RefreshRefusedError } from './session.errors.ts'
import type { SessionTokens } from './session.graphql.ts'

/** Within it a client may spend a token again, because it lost the answer or two of its windows asked at once. */
const graceMs = 10_000

/**
 * Trades a refresh token for new tokens; the old one is spent. A token used before ends its session: whoever holds the
 * newer one must sign in again, and so must a thief (RFC 9700 §4.14.2). The same client gets the same successor again for
 * ten seconds. A made-up token ends nothing: the ids in it are no secret.
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
    const successor = renewOpaqueToken(refreshToken, ctx.parts.refreshKey)
    if (sameHash(session.refreshHash, given.hash)) {
      session.spentHash = given.hash
      session.refreshHash = successor.hash
      session.refreshedAt = now
      session.expiresAt = endOf(session, now)
      session.address = ctx.caller.address
      session.userAgent = ctx.caller.userAgent
    } else if (isRepeated(session, given.hash, ctx.caller, now)) {
      tx.unchanged()
    } else {
      session.endedAt = now
      await revoke(tx, subject.session(session.id))
      return tx.refuse('session.reuse-detected', new RefreshRefusedError('used before: the session is ended'))
    }
    if (await isOutlived(tx, session))
      return tx.refuse('session.refused', new RefreshRefusedError('the password was changed since'))
    const user = await tx.em.findOne(User, { id: session.userId })
    const rights = await currentRights(tx.em, session.organizationId, session.userId)
    if (user === null || rights === null)
      return tx.refuse('session.refused', new RefreshRefusedError('no longer a member'))
    // Required since the sign-in, or by a role that came later.
    if (await lacksFactor(owner, tx.em, session))
      return tx.refuse('session.refused', new RefreshRefusedError('a second factor is needed by now'))
    return tokensFor(owner, user, session, rights, successor.text)
  })
}

/** Whether the user chose another password since the session began: then it ends, wherever it was opened. */
const isOutlived = async ({ em }: Tx, { userId, authenticatedAt }: Session): Promise<boolean> =>
  (await em.count(PasswordCredential, { userId, changedAt: { $gt: authenticatedAt } })) > 0

/** Whether the client that just spent this token sends it again. */
const isRepeated = (session: Session, hash: string, { address, userAgent }: Caller, now: Date): boolean =>
  typeof session.spentHash === 'string' &&
  sameHash(session.spentHash, hash) &&
  now.getTime() - session.refreshedAt.getTime() <= graceMs &&
  session.address === address &&
  session.userAgent === userAgent
