import type { Tx } from '#platform/db/write'
import { newId } from '#platform/id'
import type { IdentityCtx } from '../identity.context.ts'
import type { Membership } from '../membership/membership.entity.ts'
import { scopesOf } from '../role/system-roles.ts'
import type { User } from '../user/user.entity.ts'
import { newOpaqueToken } from './opaque-token.ts'
import { Session } from './session.entity.ts'
import type { SessionTokens } from './session.graphql.ts'
import { accessTokenSeconds } from './token-signer.ts'

export const sessionDays = 7
const dayMs = 86_400_000

/** Opens a session of `user` in the membership's organization, in the transaction at hand. */
export async function openSession(
  ctx: IdentityCtx,
  tx: Tx,
  user: User,
  membership: Membership,
): Promise<SessionTokens> {
  const { organizationId } = membership
  const token = newOpaqueToken(organizationId, newId())
  const now = new Date()
  tx.em.create(Session, {
    organizationId,
    id: token.id,
    userId: user.id,
    refreshHash: token.hash,
    address: ctx.caller.address,
    refreshedAt: now,
    createdAt: now,
    expiresAt: new Date(now.getTime() + sessionDays * dayMs),
  })
  tx.target('session', token.id)
  return tokensFor(ctx, user, membership, token.id, token.text)
}

/** The answer to every way of signing in: an access token with the rights that the membership gives now. */
export async function tokensFor(
  ctx: IdentityCtx,
  user: User,
  membership: Membership,
  sessionId: string,
  refreshToken: string,
): Promise<SessionTokens> {
  const { organizationId, roles } = membership
  const scopes = scopesOf(roles, organizationId)
  const accessToken = await ctx.parts.signer.sign(
    { userId: user.id, organizationId, roles, scopes, sessionId },
    accessTokenSeconds,
  )
  return { accessToken, refreshToken, tokenType: 'Bearer', expiresIn: accessTokenSeconds, user }
}
