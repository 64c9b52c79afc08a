import { read } from '#platform/db/read'
import { InvalidInputError, UnauthenticatedError } from '#platform/errors/common-errors'
import type { IdentityCtx } from '../identity.context.ts'
import { User } from '../user/user.entity.ts'
import { asUser } from './acting.ts'
import type { Challenge } from './challenge.entity.ts'
import { findChallenge } from './challenge.ts'
import { ChallengeInvalidError } from './factor.errors.ts'

/** Whose factor is added, and the sign-in that waits for it, if one does. */
export interface FactorOwner {
  /** Acts for the user. */
  readonly ctx: IdentityCtx
  readonly user: User
  readonly signIn: Challenge | null
}

/**
 * A signed-in user, or the one whose sign-in waits for a first factor: the token of such a sign-in opens these doors and
 * no others.
 */
export async function factorOwner(ctx: IdentityCtx, challengeToken: string | null | undefined): Promise<FactorOwner> {
  const { userId } = ctx.caller
  if (challengeToken != null && userId !== null)
    throw new InvalidInputError('A challengeToken stands in for an access token: send one of them.')
  if (challengeToken != null) return ownerOf(ctx, await findChallenge(ctx, challengeToken, 'sign-in'))
  if (userId === null) throw new UnauthenticatedError()
  return { ctx, user: await userOf(ctx, userId), signIn: null }
}

async function ownerOf(ctx: IdentityCtx, signIn: Challenge): Promise<FactorOwner> {
  if (!signIn.enrollmentRequired || signIn.userId == null) throw new ChallengeInvalidError('needs no enrollment')
  const user = await userOf(ctx, signIn.userId)
  return { ctx: asUser(ctx, signIn.placeId, user.id), user, signIn }
}

async function userOf(ctx: IdentityCtx, id: string): Promise<User> {
  const user = await read(ctx, (em) => em.findOne(User, { id }))
  if (user === null) throw new UnauthenticatedError()
  return user
}
