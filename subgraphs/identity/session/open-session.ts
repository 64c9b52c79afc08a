import type { Tx } from '#platform/db/write'
import { newId } from '#platform/id'
import { rememberClient } from '../attempt/begin-attempt.ts'
import type { IdentityCtx } from '../identity.context.ts'
import { currentRights, type Rights } from '../role/current-rights.ts'
import type { User } from '../user/user.entity.ts'
import { boundSessions } from './bound-sessions.ts'
import { newOpaqueToken } from './opaque-token.ts'
import { Session } from './session.entity.ts'
import type { SessionTokens } from './session.graphql.ts'
import { accessTokenSeconds } from './token-signer.ts'

const dayMs = 86_400_000
/** A session ends when it is not refreshed for so long, and in any case after so long. */
const idleDays = 7
const daysMax = 30

/** When and how a user proved who they are; methods by RFC 8176, e.g. `pwd` and `otp`. */
export interface Proof {
  readonly at: Date
  readonly methods: readonly string[]
}

/**
 * Opens a session of `user` in the caller's organization, in the transaction at hand.
 *
 * @returns null when the user is no member there, or a deactivated one
 */
export async function openSession(ctx: IdentityCtx, tx: Tx, user: User, proof: Proof): Promise<SessionTokens | null> {
  const { organizationId, address, userAgent } = ctx.caller
  const rights = await currentRights(tx.em, organizationId, user.id)
  if (rights === null) return null
  await boundSessions(tx, user.id)
  const token = newOpaqueToken(organizationId, newId())
  const now = new Date()
  const session = tx.em.create(Session, {
    organizationId,
    id: token.id,
    userId: user.id,
    refreshHash: token.hash,
    address,
    userAgent,
    authenticatedAt: proof.at,
    methods: [...proof.methods],
    refreshedAt: now,
    createdAt: now,
    expiresAt: endOf({ createdAt: now, authenticatedAt: proof.at }, now),
  })
  tx.target('session', token.id)
  await rememberClient(ctx, tx, user.email)
  return tokensFor(ctx, user, session, rights, token.text)
}

/**
 * When a session ends that is refreshed at `now`. One that another session opened is no older than the proof that it took
 * over: else a sign-in could be carried on for ever.
 */
export function endOf({ createdAt, authenticatedAt }: Pick<Session, 'createdAt' | 'authenticatedAt'>, now: Date): Date {
  const begun = Math.min(createdAt.getTime(), authenticatedAt.getTime())
  return new Date(Math.min(now.getTime() + idleDays * dayMs, begun + daysMax * dayMs))
}

/** The answer to every way of signing in: an access token with `rights`, and the refresh token. */
export async function tokensFor(
  ctx: IdentityCtx,
  user: User,
  session: Session,
  { roles, scopes, revision }: Rights,
  refreshToken: string,
): Promise<SessionTokens> {
  const { organizationId, id: sessionId, authenticatedAt: at, methods } = session
  const accessToken = await ctx.parts.signer.sign(
    { userId: user.id, organizationId, roles, scopes, sessionId, revision, authenticated: { at, methods } },
    accessTokenSeconds,
  )
  return { accessToken, refreshToken, tokenType: 'Bearer', expiresIn: accessTokenSeconds, user }
}
