import { read } from '#platform/db/read'
import type { Tx } from '#platform/db/write'
import { newId } from '#platform/id'
import type { IdentityCtx } from '../identity.context.ts'
import { newOpaqueToken, readOpaqueToken, sameHash } from '../session/opaque-token.ts'
import { Challenge } from './challenge.entity.ts'
import { ChallengeInvalidError } from './factor.errors.ts'
import { challengeMinutes, triesMax } from './factor.limits.ts'

export type Purpose = Challenge['purpose']

/** What has been proven so far, and what the challenge asks for. */
export interface Begun {
  readonly purpose: Purpose
  readonly userId: string | null
  readonly methods?: readonly string[]
  readonly authenticatedAt?: Date
  readonly enrollmentRequired?: boolean
  readonly passkeyChallenge?: string
}

/** Opens a challenge in the caller's organization. @returns the token, of which only a hash is kept, and the row */
export async function openChallenge(
  ctx: IdentityCtx,
  tx: Tx,
  begun: Begun,
): Promise<{ token: string; row: Challenge }> {
  const { organizationId } = ctx.caller
  const now = new Date()
  // Some that are over: more than one at a time is made, so that they never pile up.
  await tx.em.execute(
    `delete from identity.challenge where id in (
       select id from identity.challenge where expires_at < ? order by expires_at limit 20 for update skip locked)`,
    [now],
  )
  const token = newOpaqueToken(organizationId, newId())
  const row = tx.em.create(Challenge, {
    id: token.id,
    purpose: begun.purpose,
    tokenHash: token.hash,
    userId: begun.userId,
    placeId: organizationId,
    methods: [...(begun.methods ?? [])],
    authenticatedAt: begun.authenticatedAt ?? null,
    enrollmentRequired: begun.enrollmentRequired ?? false,
    passkeyChallenge: begun.passkeyChallenge ?? null,
    tries: 0,
    createdAt: now,
    expiresAt: new Date(now.getTime() + challengeMinutes * 60_000),
    closedAt: null,
  })
  return { token: token.text, row }
}

/** The open challenge of a token. @throws ChallengeInvalidError in the same words for whatever is wrong with it */
export async function findChallenge(ctx: IdentityCtx, token: string, ...purposes: Purpose[]): Promise<Challenge> {
  const given = readOpaqueToken(token)
  if (given === undefined) throw new ChallengeInvalidError('malformed')
  const row = await read(ctx, (em) => em.findOne(Challenge, { id: given.id }))
  if (row === null || !sameHash(row.tokenHash, given.hash)) throw new ChallengeInvalidError('no such challenge')
  if (!purposes.includes(row.purpose)) throw new ChallengeInvalidError('for another purpose')
  if (row.closedAt !== null || row.expiresAt < new Date()) throw new ChallengeInvalidError('over')
  return row
}

/** Counts a try before it is made, on the locked row. @returns false when there are none left, or it is over */
export async function takeTry(tx: Tx, id: string): Promise<boolean> {
  const rows = await tx.em.execute<object[]>(
    `update identity.challenge set tries = tries + 1
     where id = ? and closed_at is null and tries < ? and expires_at > ? returning id`,
    [id, triesMax, new Date()],
  )
  return rows.length === 1
}

export async function closeChallenge(tx: Tx, id: string): Promise<void> {
  await tx.em.execute('update identity.challenge set closed_at = ? where id = ?', [new Date(), id])
}

/** What somebody has begun who was not yet asked for a factor must not be finished without it. */
export async function closeChallengesOf(tx: Tx, userId: string): Promise<void> {
  await tx.em.execute('update identity.challenge set closed_at = ? where user_id = ? and closed_at is null', [
    new Date(),
    userId,
  ])
}
